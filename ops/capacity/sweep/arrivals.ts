/** When is each request due? Decided before the first one is sent, so that a slow server cannot thin out its own load. */
import type { Random } from '../random.ts';

/** `poisson`: visitors who know nothing of each other; `uniform`: equal gaps, the kindest that a load can be. */
export const ARRIVALS = ['poisson', 'uniform'] as const;
export type Arrivals = (typeof ARRIVALS)[number];

export interface ArrivalPlan {
  readonly arrivals: Arrivals;
  /** On average. */
  readonly perSecond: number;
  readonly seconds: number;
}

/** Milliseconds after the start, ascending, all below `seconds`. */
export function* arrivalTimesMs({ arrivals, perSecond, seconds }: ArrivalPlan, random: Random): Generator<number> {
  const gapMs = 1000 / perSecond;
  const endMs = seconds * 1000;
  if (arrivals === 'uniform') {
    for (let n = 0; n * gapMs < endMs; n++) yield n * gapMs;
    return;
  }
  // Gaps of a Poisson process are exponential; 1 − next() is never 0.
  const gap = (): number => -Math.log(1 - random.next()) * gapMs;
  for (let atMs = gap(); atMs < endMs; atMs += gap()) yield atMs;
}
