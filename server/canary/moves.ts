/**
 * What does an operator's word make of the state? Pure: a new state, or why there is none.
 *
 * ```
 *                 enable                 last step, promote
 * pending ───────────────────▶ running ────────────────────▶ promoted
 *    ▲                       pause ▼ ▲ resume, enable            │
 *    │  disable                  paused, inconclusive            │
 *    └──────────── whatever it is     │ abort, or worse          │ abort
 *                                     └────▶ rolled_back ◀───────┘
 * ```
 *
 * A stop lies over all of it and changes none of it: everybody is on control until it is cleared.
 */
import type { ErrorCode } from '../../engine/errors.ts';
import {
  DEFINITION_CHARS_MAX,
  type Definition,
  definedBy,
  type GivenDefinition,
  isSame,
  presetDefinition,
  RERANK,
} from './definition.ts';
import type { CanarySettings } from './settings.ts';
import { type Act, type CanaryState, type Experiment, experimentOf, isLive } from './state.ts';
import { keysInUse } from './variants.ts';

export type Move =
  /** At that share; or step after step. */
  | { readonly kind: 'enable'; readonly name: string; readonly given: GivenDefinition; readonly percentage: number }
  | { readonly kind: 'rollout'; readonly name: string; readonly to: number | 'steps' }
  | { readonly kind: 'pause' | 'resume' | 'promote' | 'abort'; readonly name: string }
  /** Null for all. */
  | { readonly kind: 'disable'; readonly name: string | null }
  | { readonly kind: 'forget'; readonly name: string }
  | { readonly kind: 'stop' }
  /** As everything was; or one of them at a share, and nothing of the others. */
  | { readonly kind: 'clear'; readonly to: 'restore' | { readonly name: string; readonly percentage: number } };

export class MoveRefused {
  readonly code: ErrorCode;
  readonly detail: string;

  constructor(code: ErrorCode, detail: string) {
    this.code = code;
    this.detail = detail;
  }
}

export interface MoveParts {
  readonly settings: CanarySettings;
  /** That nothing has been called yet: of the act, and of a run that begins with it. */
  readonly id: string;
}

/** That are there at all, and of which some people get this and some that: their arms are told apart in the record. */
const EXPERIMENTS_MAX = 16;
const LIVE_MAX = 3;
const EVENTS_KEPT = 50;

export function moved(state: CanaryState, move: Move, act: Act, parts: MoveParts): CanaryState | MoveRefused {
  const next = moveOf(state, move, act, parts);
  if (next instanceof MoveRefused) return next;
  const experiment = 'name' in move ? move.name : null;
  return withEvent(next, { ...act, experiment, event: move.kind });
}

export const withEvent = (state: CanaryState, event: CanaryState['events'][number]): CanaryState => ({
  ...state,
  events: [...state.events, event].slice(-EVENTS_KEPT),
});

function moveOf(state: CanaryState, move: Move, act: Act, parts: MoveParts): CanaryState | MoveRefused {
  /** What gives somebody something new waits until the stop is cleared; what takes it away never waits. */
  const begin = (next: () => CanaryState | MoveRefused): CanaryState | MoveRefused =>
    state.stop === null ? next() : stopped(state.stop);
  switch (move.kind) {
    case 'stop':
      return { ...state, stop: act, stopSaidMs: act.atMs };
    case 'clear':
      return cleared(state, move.to, act, parts);
    case 'disable':
      return disabled(state, move.name, act, parts);
    case 'forget':
      return forgotten(state, move.name);
    case 'abort':
      return onOne(state, move.name, aborted, act, parts);
    case 'pause':
      return onOne(state, move.name, paused, act, parts);
    case 'resume':
      return begin(() => onOne(state, move.name, resumed, act, parts));
    case 'promote':
      return begin(() => withinBounds(onOne(state, move.name, promoted, act, parts), move.name));
    case 'enable':
      return begin(() => enabled(state, move, act, parts));
    case 'rollout':
      return begin(() => rolledOut(state, move.name, move.to, act, parts));
  }
}

/** Of one experiment, after somebody's act; null where its phase does not allow that. */
type OnOne = (one: Experiment, act: Act) => Experiment | null;

const aborted: OnOne = (one) => (one.phase === 'pending' ? null : { ...one, phase: 'rolled_back' });
const paused: OnOne = (one) => (one.phase === 'running' ? { ...one, phase: 'paused' } : null);
const resumed: OnOne = (one, { atMs }) =>
  isLive(one) && one.phase !== 'running' ? { ...one, phase: 'running', stepAtMs: atMs } : null;
const promoted: OnOne = (one) => ({ ...one, phase: 'promoted', stepped: false });

const stopped = ({ by, reason, atMs }: Act): MoveRefused =>
  new MoveRefused(
    'canary_stopped',
    `Stopped by ${by} at ${new Date(atMs).toISOString()}${reason === '' ? '' : ` (${reason})`}: clear the emergency first`,
  );

const missing = (name: string, { experiments }: CanaryState): MoveRefused =>
  new MoveRefused(
    'canary_missing',
    `No experiment of that name; there are ${experiments.map((one) => one.name).join(', ')}: ${name}`,
  );

function onOne(
  state: CanaryState,
  name: string,
  change: OnOne,
  last: Act,
  { id }: MoveParts,
): CanaryState | MoveRefused {
  const before = experimentOf(state, name);
  if (before === undefined) return missing(name, state);
  const after = change(before, last);
  if (after === null) return new MoveRefused('canary_conflict', `That cannot be while ${name} is ${before.phase}`);
  return withOne(state, { ...after, last, revision: id, revisedMs: last.atMs });
}

export const withOne = (state: CanaryState, one: Experiment): CanaryState => ({
  ...state,
  experiments:
    experimentOf(state, one.name) === undefined
      ? [...state.experiments, one]
      : state.experiments.map((before) => (before.name === one.name ? one : before)),
});

function enabled(
  state: CanaryState,
  { name, given, percentage }: Extract<Move, { kind: 'enable' }>,
  last: Act,
  { settings, id }: MoveParts,
): CanaryState | MoveRefused {
  const before = experimentOf(state, name);
  const definition = definedBy(before?.definition ?? presetDefinition(name, settings), given);
  const fault = faultOf(name, definition);
  if (fault !== null) return fault;
  const goesOn = before !== undefined && isLive(before) && isSame(before.definition, definition);
  if (before !== undefined && isLive(before) && !goesOn)
    return new MoveRefused('canary_conflict', `${name} is ${before.phase} as something else: disable it first`);
  const one: Experiment = {
    ...{ name, definition, phase: 'running', percentage, stepped: false, step: 0, stepAtMs: last.atMs, last },
    run: goesOn ? before.run : id,
    revision: id,
    revisedMs: last.atMs,
  };
  return withinBounds(withOne(state, one), name);
}

function rolledOut(
  state: CanaryState,
  name: string,
  to: number | 'steps',
  last: Act,
  parts: MoveParts,
): CanaryState | MoveRefused {
  const goOn = (one: Experiment): Experiment | null => {
    const live = isLive(one);
    if (to !== 'steps') return live ? { ...one, phase: 'running', percentage: to, stepped: false } : null;
    const { steps } = one.definition.plan;
    const from = live ? steps.findIndex((step) => step >= one.percentage) : 0;
    if (from < 0) return null;
    const at = { step: from, stepAtMs: last.atMs, percentage: steps[from]!, stepped: true };
    return { ...one, phase: 'running', ...at, run: live ? one.run : parts.id };
  };
  const definition = experimentOf(state, name)?.definition;
  if (to === 'steps' && definition?.holdBackPercent === 0 && definition.plan.steps.at(-1) === 100)
    return new MoveRefused('canary_conflict', 'At 100 % nobody is left to compare with: set holdBackPercent above 0');
  return withinBounds(onOne(state, name, goOn, last, parts), name);
}

function disabled(state: CanaryState, name: string | null, last: Act, parts: MoveParts): CanaryState | MoveRefused {
  const off: OnOne = (one) => ({ ...one, phase: 'pending' });
  if (name !== null) return onOne(state, name, off, last, parts);
  return {
    ...state,
    experiments: state.experiments.map(
      (one): Experiment => ({ ...one, phase: 'pending', last, revision: parts.id, revisedMs: last.atMs }),
    ),
  };
}

function forgotten(state: CanaryState, name: string): CanaryState | MoveRefused {
  const one = experimentOf(state, name);
  if (one === undefined) return missing(name, state);
  if (name === RERANK) return new MoveRefused('canary_conflict', `${RERANK} is always there: disable it`);
  if (isLive(one) || one.phase === 'promoted')
    return new MoveRefused('canary_conflict', `${name} is ${one.phase}: disable it first`);
  return { ...state, experiments: state.experiments.filter((other) => other !== one) };
}

function cleared(
  state: CanaryState,
  to: Extract<Move, { kind: 'clear' }>['to'],
  last: Act,
  parts: MoveParts,
): CanaryState | MoveRefused {
  const open: CanaryState = { ...state, stop: null, stopSaidMs: last.atMs };
  if (to === 'restore') return open;
  const none = disabled(open, null, last, parts) as CanaryState;
  if (experimentOf(none, to.name) === undefined) return missing(to.name, none);
  return enabled(none, { kind: 'enable', name: to.name, given: {}, percentage: to.percentage }, last, parts);
}

/** Why nobody may have such an experiment. */
function faultOf(name: string, definition: Definition): MoveRefused | null {
  const { control, canary } = definition;
  const chars = JSON.stringify(definition).length;
  if (chars > DEFINITION_CHARS_MAX)
    return new MoveRefused('request_invalid', `A definition has at most ${DEFINITION_CHARS_MAX} characters: ${chars}`);
  if (name === RERANK) {
    if (control.rerank === false && canary.rerank === null) return null;
    return new MoveRefused('request_invalid', 'rerank: control is not reranked and canary is, as configured');
  }
  if (control.rerank === null && canary.rerank === null) return null;
  return new MoveRefused('request_invalid', `Whether is reranked at all is what the experiment rerank is for: ${name}`);
}

/** @param name of the one that begins */
function withinBounds(next: CanaryState | MoveRefused, name: string): CanaryState | MoveRefused {
  if (next instanceof MoveRefused) return next;
  const { experiments } = next;
  if (experiments.length > EXPERIMENTS_MAX)
    return new MoveRefused('canary_conflict', `There are ${EXPERIMENTS_MAX} experiments already: forget one`);
  const live = experiments.filter(isLive);
  if (live.length > LIVE_MAX) {
    const others = live.map((one) => one.name).join(', ');
    return new MoveRefused('canary_conflict', `${LIVE_MAX} experiments may be live at once, disable one: ${others}`);
  }
  return clash(experiments, name) ?? next;
}

/** Two experiments that change the same setting cannot both have their way. */
function clash(experiments: readonly Experiment[], name: string): MoveRefused | null {
  const mine = experiments.find((one) => one.name === name)!;
  const keys = new Set(keysInUse(mine));
  for (const other of experiments) {
    const shared = other === mine ? undefined : keysInUse(other).find((key) => keys.has(key));
    if (shared === undefined) continue;
    return new MoveRefused(
      'canary_conflict',
      `${other.name} (${other.phase}) changes the same setting, disable it first: ${shared}`,
    );
  }
  return null;
}
