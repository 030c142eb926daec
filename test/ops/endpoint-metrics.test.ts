import { expect, it } from 'vitest';
import { recentIntervals } from '../../ops/endpoint-metrics.ts';
import { History } from '../../ops/metrics/history.ts';
import { totalOf } from '../../ops/metrics/sparse.ts';
import { intervalAt, totalTag } from './metrics/intervals.ts';

const START_MS = Date.UTC(2026, 0, 31, 9);

it('an hour is read from few intervals, each moment once, up to the last second', () => {
  const history = new History(2 ** 28, () => {});
  const seconds = 2 * 3600 + 17;
  for (let second = 0; second < seconds; second++) history.push(intervalAt(START_MS + second * 1000, [1e6 + second]));
  const nowMs = START_MS + seconds * 1000;
  for (const windowS of [60, 300, 3600, 7000]) {
    const intervals = [...recentIntervals(history, nowMs - windowS * 1000, nowMs)];
    expect(intervals.length).toBeLessThanOrEqual(windowS <= 300 ? windowS : 130);
    let events = 0;
    let reachedMs = intervals[0]!.startMs;
    for (const { startMs, lengthMs, series } of intervals) {
      expect(startMs).toBe(reachedMs);
      reachedMs += lengthMs;
      events += totalOf(series.get(totalTag())!);
    }
    expect(reachedMs).toBe(nowMs);
    expect(events).toBe((reachedMs - intervals[0]!.startMs) / 1000);
    expect(events).toBeGreaterThanOrEqual(windowS - 60);
  }
});
