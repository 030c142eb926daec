/**
 * An experiment as a flag, as the OpenFeature Remote Evaluation Protocol has it (open-feature/protocol, service/openapi.yaml): on for who gets
 * the canary. A client is told the same arm as a search of the same user is answered with.
 */

import { idOf } from '../asker.ts';
import { type AssignmentReason, CANARY, type Subject } from '../assignment/index.ts';
import type { Board } from '../board.ts';
import { type Experiment, isLive } from '../state.ts';

export const FLAG_ERRORS = ['PARSE_ERROR', 'TARGETING_KEY_MISSING', 'INVALID_CONTEXT', 'FLAG_NOT_FOUND'] as const;

export interface FlagError {
  readonly key?: string;
  readonly errorCode: (typeof FLAG_ERRORS)[number];
  readonly errorDetails: string;
}

export interface Flag {
  readonly key: string;
  readonly value: boolean;
  readonly variant: string;
  /** Of OpenFeature. */
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
}

const REASONS: Readonly<Record<AssignmentReason, string>> = {
  asked: 'TARGETING_MATCH',
  named: 'TARGETING_MATCH',
  constraint: 'TARGETING_MATCH',
  no_identity: 'DEFAULT',
  split: 'SPLIT',
  held_back: 'SPLIT',
  outside: 'SPLIT',
  promoted: 'STATIC',
  stopped: 'DISABLED',
  disabled: 'DISABLED',
};

const ID_CHARS_MAX = 200;

/** OpenFeature's targeting key is the user; other fields are as experiments call them, and whatever else is given may be asked of by constraints. */
export function subjectOfContext(context: unknown): Subject | FlagError {
  if (context === undefined || context === null) return {};
  if (typeof context !== 'object' || Array.isArray(context))
    return { errorCode: 'INVALID_CONTEXT', errorDetails: 'context: expected an object with a targetingKey' };
  const properties: Record<string, string> = {};
  for (const [name, value] of Object.entries(context)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      properties[name] = String(value);
  }
  const { targetingKey } = context as { targetingKey?: unknown };
  if (targetingKey !== undefined && (typeof targetingKey !== 'string' || targetingKey.length > ID_CHARS_MAX))
    return {
      errorCode: 'INVALID_CONTEXT',
      errorDetails: `context.targetingKey: expected a text of at most ${ID_CHARS_MAX} characters`,
    };
  const { userId, sessionId, address } = properties;
  return { userId: idOf(targetingKey ?? userId), sessionId: idOf(sessionId), address, properties };
}

/** @throws nothing: what cannot be told is a value, too */
export function flagOf(one: Experiment, board: Board, subject: Subject): Flag | FlagError {
  const { name, phase, percentage } = one;
  const { assignments } = board.givenTo({ subject, asked: null });
  const { arm, reason } = assignments.find(({ experiment }) => experiment === name)!;
  if (needsIdentity(one, reason) && isNobody(subject))
    return {
      key: name,
      errorCode: 'TARGETING_KEY_MISSING',
      errorDetails: `${name} is given to ${percentage} % of users: say who asks in context.targetingKey`,
    };
  return {
    key: name,
    value: arm === CANARY,
    variant: arm,
    reason: REASONS[reason],
    metadata: { phase, percentage, assignment: reason },
  };
}

/** Who is nobody would be somebody else each time. */
const needsIdentity = (one: Experiment, reason: AssignmentReason): boolean =>
  isLive(one) && one.definition.stickiness === 'default' && ['split', 'held_back', 'outside'].includes(reason);

const isNobody = ({ userId, sessionId, key, address }: Subject): boolean =>
  [userId, sessionId, key, address].every((field) => field === undefined || field === '');
