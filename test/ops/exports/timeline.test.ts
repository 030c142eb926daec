import { describe, expect, it } from 'vitest';
import { TIMELINE_RANGES, timeline } from '../../../ops/exports/index.ts';
import { Counts } from '../../../ops/metrics/counts.ts';
import type { Interval, ResolutionS } from '../../../ops/metrics/interval.ts';
import { seriesOf } from '../../../ops/metrics/series.ts';
import { encodeCounts } from '../../../ops/metrics/sparse.ts';
import { OUTCOMES } from '../../../ops/sample.ts';
import { countsOf, memorySource, NOW_MS, recording } from './memory-source.ts';

const SHAPES = { '5m': [1, 300], '1h': [10, 360], '24h': [60, 1440], '28d': [3600, 672] } as const;

/** Of these series of an interval, all that ended so, merged; null where there was none. */
function merged(interval: Interval | undefined, outcome: string, endpoints: readonly string[]): Counts | null {
  const parts = [...(interval?.series ?? [])].flatMap(([tag, part]) => {
    const series = seriesOf(tag)!;
    const counts = series.measure === 'total' && series.outcome === outcome && endpoints.includes(series.endpoint);
    return counts ? [part] : [];
  });
  return parts.length === 0 ? null : Counts.of(...parts);
}

describe.each(TIMELINE_RANGES)('the last %s', (range) => {
  const [resolutionS, columns] = SHAPES[range];
  const lengthMs = resolutionS * 1000;
  // Not at the edge of an interval: the one under way is not drawn.
  const nowMs = NOW_MS + lengthMs * 0.4;
  const recorded = recording({ resolutionS: resolutionS as ResolutionS, intervals: 40, eventsMax: 60, seed: columns });
  // With gaps, and with one that is under way.
  const intervals = [
    ...recorded.filter((_, at) => at % 7 !== 3),
    ...recording({
      resolutionS: resolutionS as ResolutionS,
      intervals: 1,
      eventsMax: 60,
      seed: 1,
      endMs: NOW_MS + lengthMs,
    }),
  ];
  const source = memorySource(resolutionS as ResolutionS, intervals);

  it.each([[undefined], [['/search']], [['/stats/health']], [['/nowhere']]])(
    'is what each interval says when its series are merged, of %j',
    async (endpoints) => {
      const drawn = await timeline(source, range, nowMs, endpoints);
      const of = endpoints ?? ['/search', '/search/batch#query'];
      const startS = Array.from({ length: columns }, (_, at) => NOW_MS / 1000 - (columns - at) * resolutionS);
      expect(drawn.resolutionS).toBe(resolutionS);
      expect(drawn.startS).toEqual(startS);
      const at = startS.map((start) => intervals.find(({ startMs }) => startMs === start * 1000));
      for (const outcome of OUTCOMES) {
        const rates = at.map((interval) => (merged(interval, outcome, of)?.total ?? 0) / resolutionS);
        expect(drawn.perSecond[outcome]).toEqual(rates);
      }
      const answered = at.map((interval) => merged(interval, 'answered', of));
      for (const [column, percentile] of [
        ['p50Ms', 50],
        ['p95Ms', 95],
        ['p99Ms', 99],
      ] as const) {
        const values = answered.map((counts) => (counts === null ? null : counts.atPercentile(percentile) / 1e6));
        expect(drawn[column]).toEqual(values);
      }
      const whole = new Counts();
      for (const counts of answered) if (counts !== null) whole.merge(counts);
      for (const [percentile, ms] of drawn.curve) expect(ms).toBe(whole.atPercentile(percentile) / 1e6);
      const end = whole.total === 0 ? undefined : [100, whole.maxNs / 1e6];
      expect(drawn.curve.at(-1)).toEqual(end);
      expect(whole.total === 0).toBe(of.includes('/nowhere'));
    },
  );
});

it('the curve rises, begins at 0, ends at 100, and is dense towards it: as many points for each halving of the distance', async () => {
  const source = memorySource(60, recording({ resolutionS: 60, intervals: 60, eventsMax: 900, seed: 2 }));
  const { curve } = await timeline(source, '24h', NOW_MS);
  const percentiles = curve.map(([percentile]) => percentile);
  expect([percentiles[0], percentiles.at(-1)]).toEqual([0, 100]);
  for (let at = 1; at < curve.length; at++) {
    expect(curve[at]![0]).toBeGreaterThan(curve[at - 1]![0]);
    expect(curve[at]![1]).toBeGreaterThanOrEqual(curve[at - 1]![1]);
  }
  for (let distance = 100; distance > 0.01; distance /= 2) {
    const within = percentiles.filter((each) => each >= 100 - distance && each < 100 - distance / 2);
    expect(within).toHaveLength(8);
  }
});

it('the curve of a hundred thousand million events has few hundred points', async () => {
  const counts = new Counts();
  for (let index = 0; index < 30_000; index += 3) counts.addAt(index, 10_000_000);
  const interval = {
    startMs: NOW_MS - 60_000,
    lengthMs: 60_000,
    series: new Map([['total;/search;answered;miss;done;control', encodeCounts(counts.dense)]]),
    events: new Map(),
  };
  const { curve } = await timeline(memorySource(60, [interval]), '24h', NOW_MS);
  expect(curve.length).toBeGreaterThan(200);
  expect(curve.length).toBeLessThanOrEqual(300);
});

it('one event is a curve of one point', async () => {
  const interval = {
    startMs: NOW_MS - 1000,
    lengthMs: 1000,
    series: new Map([['total;/search;answered;hit;none;control', countsOf([2000])]]),
    events: new Map(),
  };
  const { curve, perSecond } = await timeline(memorySource(1, [interval]), '5m', NOW_MS);
  expect(curve).toEqual([[100, 0.002]]);
  expect(perSecond.answered.at(-1)).toBe(1);
});

it('others get their turn while a day is read', async () => {
  const source = memorySource(60, recording({ resolutionS: 60, intervals: 160, eventsMax: 2, seed: 6 }));
  let turns = 0;
  let drawn = false;
  const turn = (): void => {
    turns += 1;
    if (!drawn) setImmediate(turn);
  };
  setImmediate(turn);
  await timeline(source, '24h', NOW_MS);
  drawn = true;
  expect(turns).toBeGreaterThanOrEqual(10);
});
