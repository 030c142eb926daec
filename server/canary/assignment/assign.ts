/**
 * Which arm does somebody get, and why? The first of these that says something:
 *
 * asked for ─▶ named ─▶ not meant (constraints) ─▶ unknown (no identity) ─▶ inside the share ─▶ control
 *
 * The same subject has the same arm for as long as the group, the stickiness and the arms' weights stay, in every process; a share
 * that grows takes nobody out.
 */
import { armFor, isWithin, placeOf, type Weighted } from './bucket.ts';
import { type Constraint, holding } from './constraint.ts';
import { fieldOf, identityOf, type Subject } from './subject.ts';

export const CONTROL = 'control';
export const CANARY = 'canary';
/** Of an experiment as operators have it: one against one. */
export type ArmName = typeof CONTROL | typeof CANARY;

export interface Allotment {
  /** What places are drawn by: experiments of one group have the same people in. */
  readonly group: string;
  /** Share that gets something new, 0 … 100, in steps of 0.01. */
  readonly percentage: number;
  /** Share that never does, as long as it is not all promoted: to compare with; 0 … 100. */
  readonly holdBack: number;
  /** `default` (user, session, key, address), `random`, or a field of the subject. */
  readonly stickiness: string;
  readonly constraints: readonly Constraint[];
  /** What there is beside the control, by the share of those inside that each gets. */
  readonly arms: readonly Weighted[];
  /** Who gets an arm by name, whatever the share; the first that matches. */
  readonly overrides: readonly Override[];
}

export interface Override {
  readonly field: string;
  readonly values: readonly string[];
  readonly arm: string;
}

/** In words of OpenFeature's `reason` where it has one: they are what its clients show. */
export type AssignmentReason =
  | 'asked'
  | 'named'
  | 'constraint'
  | 'no_identity'
  | 'split'
  | 'held_back'
  | 'outside'
  | 'promoted'
  | 'stopped'
  | 'disabled';

export interface Assignment {
  readonly arm: string;
  readonly reason: AssignmentReason;
}

export interface Asking {
  readonly subject: Subject;
  /** The arm that the request asks for itself; null where it does not, or may not. */
  readonly asked: string | null;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

export type Assign = (asking: Asking) => Assignment;

const control = (reason: AssignmentReason): Assignment => ({ arm: CONTROL, reason });

export function assigner({ group, percentage, holdBack, stickiness, constraints, arms, overrides }: Allotment): Assign {
  const tests = constraints.map(holding);
  const names = new Set([CONTROL, ...arms.map(({ name }) => name)]);
  const share = Math.min(percentage, 100 - holdBack);
  return ({ subject, asked, random }) => {
    if (asked !== null && names.has(asked)) return { arm: asked, reason: 'asked' };
    for (const { field, values, arm } of overrides) {
      const value = fieldOf(subject, field);
      if (value !== undefined && values.includes(value) && names.has(arm)) return { arm, reason: 'named' };
    }
    if (!tests.every((holds) => holds(subject))) return control('constraint');
    const id = identityOf(subject, stickiness, random);
    if (id === null) return control('no_identity');
    const place = placeOf(group, id);
    if (!isWithin(place, share)) return control(isWithin(place, percentage) ? 'held_back' : 'outside');
    const arm = armFor(arms, group, id);
    return arm === null ? control('outside') : { arm: arm.name, reason: 'split' };
  };
}
