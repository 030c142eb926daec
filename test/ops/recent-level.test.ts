import { expect, it } from 'vitest';
import { History } from '../../ops/metrics/history.ts';
import { recentLevel } from '../../ops/recent-level.ts';
import { intervalAt, totalTag } from './metrics/intervals.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 9);
const MS = 1e6;

/** So many answers of that length and so many failures, a second. */
function historyOf(
  seconds: readonly (readonly [agoS: number, answeredMs: readonly number[], failed: number])[],
): History {
  const history = new History(2 ** 26, () => {});
  for (const [agoS, answeredMs, failed] of seconds) {
    const interval = intervalAt(
      NOW_MS - agoS * 1000,
      answeredMs.map((ms) => ms * MS),
    );
    const bad = intervalAt(0, Array(failed).fill(MS), { tag: totalTag('failed') });
    const limited = intervalAt(0, Array(50).fill(MS), { tag: totalTag('limited') });
    history.push({ ...interval, series: new Map([...interval.series, ...bad.series, ...limited.series]) });
  }
  return history;
}

it('counts the last five minutes, what callers were refused for not among it', () => {
  const history = historyOf([
    [400, [9000], 100],
    [200, Array(60).fill(100), 1],
    [100, Array(39).fill(100), 0],
  ]);
  const { requests, successPercent, latencyMsP95 } = recentLevel(history, NOW_MS);
  expect([requests, successPercent]).toEqual([100, 99]);
  expect(latencyMsP95).toBeCloseTo(100, 0);
});

it('says nothing of a few requests, though one of them failed', () => {
  expect(recentLevel(historyOf([[10, [100, 100], 1]]), NOW_MS)).toEqual({
    ...{ requests: 3, successPercent: null, latencyMsP95: null },
  });
  expect(recentLevel(historyOf([]), NOW_MS).requests).toBe(0);
});
