import { describe, expect, it } from 'vitest';
import type { SearchOutcome, SearchRequest } from '../../../../engine/types.ts';
import { Buckets } from '../../../../ops/capacity/hlog/index.ts';
import { batchWorth, gatheredLatencyAt } from '../../../../ops/capacity/model/gathering.ts';
import { boundOf, latencyAt, stationOf } from '../../../../ops/capacity/model/queueing.ts';
import { type Random, randomOf } from '../../../../ops/capacity/random.ts';
import { Batcher } from '../../../../server/batcher.ts';
import { LoadControl, overloadSchema } from '../../../../server/overload/index.ts';
import { exponential, percentileOf, simulate } from './simulate.ts';

const SEED = 77;
const mix = (random: Random): number => (random.next() < 0.5 ? 3 : 240 + 60 * random.next());

function stationFor(serviceMs: (random: Random) => number, servers: number, batchMax: number) {
  const random = randomOf(SEED + 1);
  const services = new Buckets();
  for (let n = 0; n < 20_000; n++) {
    const ms = Number(serviceMs(random).toPrecision(4));
    services.add(ms, ms, 1);
  }
  return stationOf(services, { servers, batchMax, outsideMs: 0, inflation: 1 });
}

const answerAfter = (totalMs: number) =>
  ({ kind: 'ok', result: { timings: { queueMs: 0, totalMs } } }) as SearchOutcome;

/** Latencies of the server's own batcher, on a clock that this test moves from event to event. */
async function throughBatcher(
  workers: number,
  batchMax: number,
  perSecond: number,
  requests: number,
  service: (random: Random) => number,
): Promise<Float64Array> {
  const random = randomOf(SEED);
  const gap = exponential(1000 / perSecond);
  const services = Array.from({ length: requests }, () => service(random));
  const latenciesMs = new Float64Array(requests);
  const underWay: { readonly doneMs: number; readonly end: () => void }[] = [];
  let nowMs = 0;
  const clock = { nowUs: () => nowMs * 1000, wallMs: () => nowMs };
  const ask = (batch: readonly SearchRequest[]): Promise<readonly SearchOutcome[]> =>
    new Promise((resolve) => {
      const doneMs = batch.reduce((sum, { query }) => sum + services[Number(query)]!, nowMs);
      underWay.push({
        doneMs,
        end: () => resolve(batch.map(({ query }) => answerAfter(services[Number(query)]!))),
      });
    });
  const settings = { ...overloadSchema.parse({ enabled: false }), candidates: 200, rerankDepth: 20 };
  const control = new LoadControl({ settings, workers, queueQueriesMax: requests, nowMs: 0 });
  const batcher = new Batcher(ask, {
    workers,
    dispatchQueriesMax: batchMax,
    queueQueriesMax: requests,
    clock,
    control,
  });
  let ended = 0;
  let sent = 0;
  let nextMs = gap(random);
  while (ended < requests) {
    const done = underWay.reduce<(typeof underWay)[number] | null>(
      (first, one) => (first === null || one.doneMs < first.doneMs ? one : first),
      null,
    );
    if (sent < requests && (done === null || nextMs <= done.doneMs)) {
      nowMs = nextMs;
      const [at, startMs] = [sent, nowMs];
      void batcher
        .submit({ query: String(at), variants: [] as readonly string[], deadlineAtMs: null } as SearchRequest)
        .then(() => {
          latenciesMs[at] = nowMs - startMs;
          ended += 1;
        });
      sent += 1;
      nextMs += gap(random);
    } else {
      nowMs = done!.doneMs;
      underWay.splice(underWay.indexOf(done!), 1);
      done!.end();
    }
    // Whatever follows from the event follows in microtasks.
    for (let n = 0; n < 8; n++) await null;
  }
  return latenciesMs;
}

describe('latency with gathered batches', () => {
  it.each(
    [1, 2, 3].flatMap((workers) =>
      [0.4, 0.7].flatMap((share) => [1, 100].map((faster) => [workers, share, faster] as const)),
    ),
  )(
    "%d workers at %d, requests %d times as fast: the 95th percentile is that of the server's own batcher on a simulated clock (seed 77)",
    async (workers, share, faster) => {
      const service = (random: Random): number => mix(random) / faster;
      const { serviceMs } = stationFor(service, workers, 16);
      const station = stationFor(service, workers, batchWorth(16, serviceMs));
      const perSecond = boundOf(station) * share;
      const p95 = percentileOf(await throughBatcher(workers, 16, perSecond, 30_000, service), 95);
      expect(Math.abs(gatheredLatencyAt(station, perSecond, 95) / p95 - 1)).toBeLessThan(0.08);
    },
  );

  it.each([1, 2, 4].flatMap((workers) => [1, 4, 16].map((batchMax) => [workers, batchMax] as const)))(
    '%d workers, batches of up to %d: as an event by event simulation has it (seed 77)',
    (workers, batchMax) => {
      const station = stationFor(mix, workers, batchMax);
      const perSecond = boundOf(station) * 0.6;
      const { latenciesMs } = simulate(
        { workers, batchMax, perSecond, requests: 100_000, serviceMs: mix },
        randomOf(SEED),
      );
      expect(Math.abs(gatheredLatencyAt(station, perSecond, 95) / percentileOf(latenciesMs, 95) - 1)).toBeLessThan(
        0.08,
      );
    },
  );

  it('one by one, is what the formulas say', () => {
    for (const workers of [1, 2, 4]) {
      const station = stationFor(exponential(40), workers, 1);
      const perSecond = boundOf(station) * 0.6;
      expect(Math.abs(gatheredLatencyAt(station, perSecond, 95) / latencyAt(station, perSecond, 95) - 1)).toBeLessThan(
        0.08,
      );
    }
  });

  it('has no end beyond saturation', () => {
    const station = stationFor(mix, 2, 16);
    expect(gatheredLatencyAt(station, boundOf(station), 95)).toBe(Number.POSITIVE_INFINITY);
  });
});
