import { describe, expect, it } from 'vitest';
import { Buckets } from '../../../../ops/capacity/hlog/index.ts';
import {
  boundOf,
  erlangC,
  latencyAt,
  rateAtLatency,
  type Station,
  stationOf,
  waitAt,
} from '../../../../ops/capacity/model/queueing.ts';
import { type Random, randomOf } from '../../../../ops/capacity/random.ts';
import { exponential, percentileOf, simulate } from './simulate.ts';

const REQUESTS = 300_000;
const SEED = 4711;

const SERVICES: Readonly<Record<string, (random: Random) => number>> = {
  exponential: exponential(40),
  constant: () => 40,
  // Half of the queries are remembered: quick ones and slow ones, nothing between.
  'two kinds': (random) => (random.next() < 0.5 ? 4 + random.next() * 2 : 70 + random.next() * 12),
};

function stationFor(service: (random: Random) => number, servers: number): Station {
  const random = randomOf(SEED + 1);
  const services = new Buckets();
  for (let n = 0; n < 20_000; n++) {
    const ms = Number(service(random).toPrecision(4));
    services.add(ms, ms, 1);
  }
  return stationOf(services, { servers, batchMax: 1, outsideMs: 0, inflation: 1 });
}

const CASES = Object.keys(SERVICES).flatMap((name) =>
  [1, 2, 4].flatMap((workers) => [0.3, 0.6, 0.8].map((utilisation) => [name, workers, utilisation] as const)),
);

describe('waiting for a worker', () => {
  // Erlang's own tables: C(servers, load).
  it.each([
    [1, 0.5, 0.5],
    [2, 1, 1 / 3],
    [3, 2, 0.4444],
    [10, 8, 0.4092],
  ])('with %d workers and a load of %d happens with probability %d', (servers, load, expected) => {
    expect(erlangC(servers, load)).toBeCloseTo(expected, 4);
  });

  it.each(CASES)(
    '%s service, %d workers at %d: mean and 95th percentile are those of a simulated queue (seed 4711)',
    (name, workers, utilisation) => {
      const service = SERVICES[name]!;
      const station = stationFor(service, workers);
      const perSecond = boundOf(station) * utilisation;
      const simulated = simulate(
        { workers, batchMax: 1, perSecond, requests: REQUESTS, serviceMs: service },
        randomOf(SEED),
      );
      const { share, meanMs } = waitAt(station, perSecond);
      // Exact for one worker and for exponential times; Allen and Cunneen are a few percent off elsewhere.
      const exact = workers === 1 || name === 'exponential';
      expect(Math.abs(share * meanMs - simulated.meanWaitMs)).toBeLessThan(
        (exact ? 0.06 : 0.12) * simulated.meanWaitMs + 0.3,
      );
      const p95 = percentileOf(simulated.latenciesMs, 95);
      expect(Math.abs(latencyAt(station, perSecond, 95) / p95 - 1)).toBeLessThan(0.12);
    },
  );

  it('the rate at a latency is where the latency is that', () => {
    for (const name of Object.keys(SERVICES)) {
      const station = stationFor(SERVICES[name]!, 2);
      const perSecond = rateAtLatency(latencyAt, station, 95, 300);
      expect(latencyAt(station, perSecond, 95)).toBeCloseTo(300, -1);
      expect(perSecond).toBeLessThan(boundOf(station));
    }
  });

  it('no rate is low enough for a threshold below service itself, and none is too high below saturation for one that is never reached', () => {
    const station = stationFor(SERVICES['constant']!, 1);
    expect(rateAtLatency(latencyAt, station, 95, 39)).toBe(0);
    expect(rateAtLatency(latencyAt, station, 95, 1e9)).toBeCloseTo(boundOf(station), 1);
    expect(latencyAt(station, boundOf(station), 95)).toBe(Number.POSITIVE_INFINITY);
  });
});
