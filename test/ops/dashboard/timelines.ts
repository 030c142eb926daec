/** The history of a seeded day, at the resolutions of `/stats/timeline`. */
import type { Timeline } from '../../../ops/snapshot.ts';
import { type Scenario, STATES, snapshotOf } from './scenarios.ts';

const SPANS: Readonly<Record<string, readonly [seconds: number, resolutionS: number]>> = {
  '5m': [300, 1],
  '1h': [3600, 10],
  '24h': [86_400, 60],
  '28d': [2_419_200, 3600],
};

/** What came before `nowMs`; an outage began when its detectors say so, before which the day was calm. */
export function timelineOf(scenario: Scenario, range: string, nowMs: number): Timeline {
  const [seconds, resolutionS] = SPANS[range]!;
  const count = scenario === 'empty' ? 0 : seconds / resolutionS;
  const last = Math.floor(nowMs / 1000 / resolutionS) * resolutionS - resolutionS;
  const startS = Array.from({ length: count }, (_, at) => last - (count - 1 - at) * resolutionS);
  const rows = startS.map((timeS) => {
    const isBefore = nowMs / 1000 - timeS > 25;
    const day = 1 + 0.4 * Math.sin((timeS / 86_400) * 2 * Math.PI);
    return { day: resolutionS > 1 ? day : 1, ...snapshotOf(isBefore ? 'calm' : scenario, timeS % 100_000) };
  });
  const column = (value: (row: (typeof rows)[number]) => number): number[] => rows.map((row) => value(row) * row.day);
  const { p50Ms } = STATES[scenario];
  return {
    resolutionS,
    startS,
    perSecond: {
      answered: column(({ perSecond }) => perSecond.answered),
      invalid: column(({ perSecond }) => perSecond.invalid),
      limited: column(({ perSecond }) => perSecond.limited),
      shed: column(({ perSecond }) => perSecond.shed),
      deadline: column(({ perSecond }) => perSecond.deadline),
      failed: column(({ perSecond }) => perSecond.failed),
      aborted: column(({ perSecond }) => perSecond.aborted),
    },
    p50Ms: rows.map(({ latency }) => latency?.p50Ms ?? null),
    p95Ms: rows.map(({ latency }) => latency?.p95Ms ?? null),
    p99Ms: rows.map(({ latency }) => latency?.p99Ms ?? null),
    curve:
      count === 0
        ? []
        : Array.from({ length: 90 }, (_, at) => {
            const inverse = 10 ** (at / 20);
            return [100 - 100 / inverse, p50Ms * (0.4 + 2.6 * Math.log2(inverse))] as const;
          }),
  };
}
