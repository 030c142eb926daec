/**
 * Has the share of bad events risen above what the objective allows? Two capped Bernoulli cumulative sums (Page, Biometrika 1954):
 * one looks for several budgets' worth and is full after a few seconds of an outage, the other for a slight fault that lasts.
 *
 * ```
 * S ← max(0, min(S + min(cap, bad · ln(p1/p0) + good · ln((1−p1)/(1−p0))), 2h))      once a second
 * p0 = 1 − objective     p1 = multiple · p0     h = decades · ln 10
 * fires at S > h         stops at S = 0
 * ```
 *
 * S is the evidence, as a logarithm of odds, that the share has been p1 rather than p0 since the sum was last zero. The cap makes
 * a second worth so much at most, however bad: without it one blip of two seconds is an outage. Evidence ages: without traffic the sum
 * falls to zero on its own, so that a failure a night never adds up.
 */
import type { Observation } from '../observation.ts';
import { secondsOf } from './detector.ts';

export interface CusumSettings {
  readonly fastMultiple: number;
  readonly fastCapPerS: number;
  readonly slowMultiple: number;
  readonly slowCapPerS: number;
  readonly evidenceDecades: number;
  readonly badEventsMin: number;
  readonly forgetS: number;
  readonly recentS: number;
}

/** Events of one second. */
export interface Events {
  readonly all: number;
  readonly bad: number;
}

export interface CusumState {
  readonly fast: number;
  readonly slow: number;
  readonly fastFiring: boolean;
  readonly slowFiring: boolean;
  /** Since both sums were zero. */
  readonly badEvents: number;
  /** Since both sums were zero, the older ones fading over `recentS`. */
  readonly recentAll: number;
  readonly recentBad: number;
}

export const QUIET: CusumState = {
  fast: 0,
  slow: 0,
  fastFiring: false,
  slowFiring: false,
  badEvents: 0,
  recentAll: 0,
  recentBad: 0,
};

/** An objective of 100 % or 0 % would make a single event proof, or none. */
const BUDGET_MIN = 1e-6;
const BUDGET_MAX = 0.5;
const SHARE_MAX = 0.99;

export const evidenceNeeded = ({ evidenceDecades }: CusumSettings): number => evidenceDecades * Math.LN10;

/** @param target share of good events, 0 to 1 */
export function cusum(
  before: CusumState,
  events: Events,
  observation: Observation,
  target: number,
  settings: CusumSettings,
): CusumState {
  const { all, bad } = events;
  if (bad === 0 && before.fast === 0 && before.slow === 0) return QUIET;
  const budget = Math.min(BUDGET_MAX, Math.max(BUDGET_MIN, 1 - target));
  const needed = evidenceNeeded(settings);
  // A gap of hours ages the evidence by hours, even where it is one step.
  const aged = all === 0 ? (2 * needed * observation.elapsedS) / settings.forgetS : 0;
  const sum = (from: number, multiple: number, capPerS: number): number => {
    const share = Math.min(SHARE_MAX, multiple * budget);
    const gain = bad * Math.log(share / budget) + (all - bad) * Math.log((1 - share) / (1 - budget));
    return Math.max(0, Math.min(from + Math.min(capPerS * secondsOf(observation), gain) - aged, 2 * needed));
  };
  const fast = sum(before.fast, settings.fastMultiple, settings.fastCapPerS);
  const slow = sum(before.slow, settings.slowMultiple, settings.slowCapPerS);
  if (fast === 0 && slow === 0) return QUIET;
  const badEvents = before.badEvents + bad;
  const enough = badEvents >= settings.badEventsMin;
  const kept = Math.exp(-observation.elapsedS / settings.recentS);
  return {
    fast,
    slow,
    fastFiring: before.fastFiring ? fast > 0 : enough && fast > needed,
    slowFiring: before.slowFiring ? slow > 0 : enough && slow > needed,
    badEvents,
    recentAll: before.recentAll * kept + all,
    recentBad: before.recentBad * kept + bad,
  };
}
