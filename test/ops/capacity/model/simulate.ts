/** A queue in front of k workers, request by request: the obvious reference for every formula about it. */
import type { Random } from '../../../../ops/capacity/random.ts';

export interface Simulated {
  readonly latenciesMs: Float64Array;
  readonly meanWaitMs: number;
}

export interface QueueSetup {
  readonly workers: number;
  /** 1: one by one. More: an idle worker takes its share of those that wait, answered as a whole. */
  readonly batchMax: number;
  readonly perSecond: number;
  readonly requests: number;
  readonly serviceMs: (random: Random) => number;
}

export const exponential =
  (meanMs: number) =>
  (random: Random): number =>
    -Math.log(1 - random.next()) * meanMs;

/** Poisson arrivals, first come first served; time goes from event to event. */
export function simulate({ workers, batchMax, perSecond, requests, serviceMs }: QueueSetup, random: Random): Simulated {
  const latenciesMs = new Float64Array(requests);
  /** Requests in the batch of each busy worker, and when it is done. */
  const busy: { readonly batch: readonly { readonly at: number; readonly ms: number }[]; readonly doneMs: number }[] =
    [];
  const queue: { readonly at: number; readonly ms: number }[] = [];
  const gap = exponential(1000 / perSecond);
  let waitMs = 0;
  let arrived = 0;
  let ended = 0;
  let nextMs = gap(random);
  const dispatch = (nowMs: number): void => {
    while (busy.length < workers && queue.length > 0) {
      const batch = queue.splice(0, Math.min(batchMax, Math.ceil(queue.length / (workers - busy.length))));
      busy.push({ batch, doneMs: batch.reduce((sum, { ms }) => sum + ms, nowMs) });
    }
  };
  while (ended < requests) {
    const done = busy.reduce<(typeof busy)[number] | null>(
      (first, one) => (first === null || one.doneMs < first.doneMs ? one : first),
      null,
    );
    if (arrived < requests && (done === null || nextMs <= done.doneMs)) {
      queue.push({ at: nextMs, ms: serviceMs(random) });
      arrived += 1;
      dispatch(nextMs);
      nextMs += gap(random);
    } else {
      busy.splice(busy.indexOf(done!), 1);
      for (const { at, ms } of done!.batch) {
        latenciesMs[ended++] = done!.doneMs - at;
        waitMs += done!.doneMs - at - ms;
      }
      dispatch(done!.doneMs);
    }
  }
  return { latenciesMs, meanWaitMs: waitMs / requests };
}

export const percentileOf = (values: Float64Array, percentile: number): number =>
  Float64Array.from(values).sort()[Math.ceil((percentile / 100) * values.length) - 1]!;
