import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Counts } from '../../../ops/metrics/counts.ts';
import { History, RETENTION_MS } from '../../../ops/metrics/history.ts';
import { type Interval, RESOLUTIONS_S, type ResolutionS } from '../../../ops/metrics/interval.ts';
import { totalOf } from '../../../ops/metrics/sparse.ts';
import { runs } from '../../support/runs.ts';
import { intervalAt, totalTag } from './intervals.ts';

const START_MS = Date.UTC(2026, 0, 31, 22, 59, 30);
const BYTES_MAX = 2 ** 30;

const all = (history: History, resolutionS: ResolutionS): Interval[] => [
  ...history.intervals(resolutionS, 0, Number.MAX_SAFE_INTEGER),
];
const countOf = (intervals: Iterable<Interval>): number => {
  let count = 0;
  for (const { series } of intervals) for (const part of series.values()) count += totalOf(part);
  return count;
};

describe('history', () => {
  it('every event is in each ring once, in the interval that it belongs to, whatever the steps were like', () => {
    const step = fc.record({ seconds: fc.integer({ min: 1, max: 9 }), events: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const history = new History(BYTES_MAX, () => {});
        const expected = new Map<string, number>();
        let startMs = START_MS;
        for (const { seconds, events } of steps) {
          const latencies = Array.from({ length: events }, (_, n) => 1e6 * (n + 1));
          history.push(intervalAt(startMs, latencies, { lengthMs: seconds * 1000 }));
          for (const resolutionS of RESOLUTIONS_S) {
            const key = `${resolutionS}:${Math.floor(startMs / resolutionS / 1000) * resolutionS * 1000}`;
            expected.set(key, (expected.get(key) ?? 0) + events);
          }
          startMs += seconds * 1000;
        }
        history.flush();
        const seen = new Map<string, number>();
        for (const resolutionS of RESOLUTIONS_S)
          for (const interval of all(history, resolutionS))
            seen.set(`${resolutionS}:${interval.startMs}`, countOf([interval]));
        const sorted = (map: Map<string, number>) => [...map].sort(([a], [b]) => a.localeCompare(b));
        expect(sorted(seen)).toEqual(sorted(expected));
      }),
      runs(20),
    );
  });

  it('an interval that reaches past the end of a coarser one makes it whole at once, as does a jump of the clock', () => {
    for (const [lengthMs, nextMs] of [
      [120_000, START_MS + 120_000],
      [1000, START_MS + 8 * 3_600_000],
    ] as const) {
      const whole: ResolutionS[] = [];
      const history = new History(BYTES_MAX, (resolutionS) => whole.push(resolutionS));
      history.push(intervalAt(START_MS, [1e6], { lengthMs }), nextMs);
      expect(whole).toEqual([1, 10, 60, 3600]);
    }
  });

  it('a merged interval holds the same histogram as all its parts', () => {
    const history = new History(BYTES_MAX, () => {});
    const counts = new Counts();
    for (let second = 0; second < 120; second++) {
      const latencies = Array.from({ length: 20 }, (_, n) => (second + 1) * 1e5 * (n + 1));
      history.push(intervalAt(START_MS + 30_000 + second * 1000, latencies, { events: { empty: 2 } }));
    }
    const minutes = all(history, 60);
    expect(minutes.map(({ startMs, lengthMs }) => [startMs, lengthMs])).toEqual([
      [START_MS + 30_000, 60_000],
      [START_MS + 90_000, 60_000],
    ]);
    for (const { series } of minutes) counts.add(series.get(totalTag())!);
    const seconds = new Counts();
    for (const { series } of all(history, 1)) seconds.add(series.get(totalTag())!);
    expect([...counts.dense]).toEqual([...seconds.dense]);
    expect(minutes.map(({ events }) => events.get('empty'))).toEqual([120, 120]);
  });

  it('what is older than a ring goes, and a ring that is too large loses its oldest and says so', () => {
    const history = new History(BYTES_MAX, () => {});
    for (let second = 0; second < 1200; second++) history.push(intervalAt(START_MS + second * 1000, [1e6]));
    expect(all(history, 1)).toHaveLength(RETENTION_MS[1] / 1000);
    expect(history.size.evicted).toBe(0);

    const small = new History(16 * 20_000, () => {});
    for (let second = 0; second < 300; second++) small.push(intervalAt(START_MS + second * 1000, [1e6, 2e6, 3e6]));
    expect(small.size.bytes).toBeLessThanOrEqual(16 * 20_000);
    expect(small.size.evicted).toBe(300 - all(small, 1).length);
    expect(all(small, 1).at(-1)!.startMs).toBe(START_MS + 299_000);
  });

  it('half of the memory is for hours, which budgets are taken up from', () => {
    const bytesMax = 2 ** 20;
    const history = new History(bytesMax, () => {});
    const latencies = Array.from({ length: 400 }, (_, n) => 1e6 * 1.02 ** n);
    for (let hour = 0; hour < 840; hour++)
      history.restore(3600, intervalAt(START_MS - hour * 3_600_000, latencies, { lengthMs: 3_600_000 }));
    expect(history.size.bytes).toBeLessThanOrEqual(bytesMax / 2);
    expect(history.size.bytes).toBeGreaterThan(bytesMax / 2.1);
  });

  it('what is restored is merged into what begins at the same time', () => {
    const history = new History(BYTES_MAX, () => {});
    history.push(intervalAt(START_MS, [1e6]));
    history.restore(1, intervalAt(START_MS, [2e6, 3e6]));
    history.restore(1, intervalAt(START_MS - 5000, [4e6]));
    expect(all(history, 1).map((interval) => [interval.startMs - START_MS, countOf([interval])])).toEqual([
      [-5000, 1],
      [0, 3],
    ]);
  });

  it('a reader that waits between two intervals sees each once, whatever comes meanwhile', () => {
    const history = new History(16 * 20_000, () => {});
    for (let second = 0; second < 20; second++) history.push(intervalAt(START_MS + second * 1000, [1e6]));
    const reader = history.intervals(1, 0, START_MS + 20_000)[Symbol.iterator]();
    const seen = [reader.next().value!.startMs];
    for (let second = 20; second < 400; second++) history.push(intervalAt(START_MS + second * 1000, [1e6]));
    for (let next = reader.next(); !next.done; next = reader.next()) seen.push(next.value.startMs);
    expect(seen).toEqual(Array.from({ length: 20 }, (_, second) => START_MS + second * 1000));
  });
});
