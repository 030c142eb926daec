/**
 * What would one core more give, with a worker on it? Between two answers:
 *
 * - the queue's: the same service times, one worker more; waits shrink by more than the share of a worker, since requests find
 *   one free more often;
 * - the law's: all that the Universal Scalability Law took for contention stays, C(k+1)/C(k) with C(k) = k/(1+σ(k−1)+κk(k−1)).
 *   It counts the wait for a worker as contention as well, and is therefore too careful.
 */
import { gatheredLatencyAt } from './gathering.ts';
import { rateAtLatency } from './queueing.ts';
import type { StageModel } from './stages.ts';
import type { UslFit } from './usl.ts';

export interface OneMore {
  readonly workers: number;
  /** Requests a second at the threshold, by the queue. */
  readonly perSecond: number;
  /** By the law, where it was fitted and says less. */
  readonly low: number;
  /** More requests a second at the threshold, as a share of those now. */
  readonly gain: number;
  /** Requests a second that the workers could do at most. */
  readonly bound: number;
}

const PERCENTILE = 95;

/** @param limit requests a second at the threshold now; null where it or the stages are not known */
export function oneMore(limit: number, thresholdMs: number, model: StageModel, usl: UslFit | null): OneMore | null {
  const now = model.workers;
  const then = { ...now, servers: now.servers + 1 };
  const modelledNow = rateAtLatency(gatheredLatencyAt, now, PERCENTILE, thresholdMs);
  if (limit <= 0 || modelledNow <= 0) return null;
  const gain = rateAtLatency(gatheredLatencyAt, then, PERCENTILE, thresholdMs) / modelledNow;
  const careful = usl === null ? gain : capacityOf(usl, then.servers) / capacityOf(usl, now.servers);
  return {
    workers: then.servers,
    perSecond: limit * gain,
    low: limit * Math.min(gain, Math.max(1, careful)),
    gain: gain - 1,
    bound: (then.servers * 1000) / now.serviceMs,
  };
}

const capacityOf = ({ parameters: { sigma, kappa } }: UslFit, workers: number): number =>
  workers / (1 + sigma * (workers - 1) + kappa * workers * (workers - 1));
