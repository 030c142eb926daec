/** A queue in front of k workers, request by request: the obvious reference for every formula about it. */
import type { Random } from '../../../../ops/capacity/random.ts';

export interface Simulated {
  readonly latenciesMs: Float64Array;
  readonly meanWaitMs: number;
  /** Share of the requests that waited. */
  readonly waited: number;
}

export interface QueueSetup {
  readonly workers: number;
  readonly perSecond: number;
  readonly requests: number;
  readonly serviceMs: (random: Random) => number;
}

export const exponential =
  (meanMs: number) =>
  (random: Random): number =>
    -Math.log(1 - random.next()) * meanMs;

/** Poisson arrivals, first come first served. */
export function simulate({ workers, perSecond, requests, serviceMs }: QueueSetup, random: Random): Simulated {
  const freeAt = new Float64Array(workers);
  const latenciesMs = new Float64Array(requests);
  let nowMs = 0;
  let waitMs = 0;
  let waited = 0;
  for (let n = 0; n < requests; n++) {
    nowMs += exponential(1000 / perSecond)(random);
    let worker = 0;
    for (let other = 1; other < workers; other++) if (freeAt[other]! < freeAt[worker]!) worker = other;
    const startMs = Math.max(nowMs, freeAt[worker]!);
    freeAt[worker] = startMs + serviceMs(random);
    latenciesMs[n] = freeAt[worker]! - nowMs;
    waitMs += startMs - nowMs;
    if (startMs > nowMs) waited += 1;
  }
  return { latenciesMs, meanWaitMs: waitMs / requests, waited: waited / requests };
}

export const percentileOf = (values: Float64Array, percentile: number): number =>
  Float64Array.from(values).sort()[Math.ceil((percentile / 100) * values.length) - 1]!;
