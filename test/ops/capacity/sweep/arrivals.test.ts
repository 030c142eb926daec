import { expect, it } from 'vitest';
import { randomOf } from '../../../../ops/capacity/random.ts';
import { arrivalTimesMs } from '../../../../ops/capacity/sweep/arrivals.ts';

const SEED = 99;

it('Poisson arrivals come at the rate that was asked for, with gaps as scattered as their mean (seed 99)', () => {
  const times = [...arrivalTimesMs({ arrivals: 'poisson', perSecond: 50, seconds: 1000 }, randomOf(SEED))];
  // 50,000 expected, with a deviation of 224.
  expect(Math.abs(times.length - 50_000)).toBeLessThan(1000);
  const gaps = times.slice(1).map((at, n) => at - times[n]!);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
  expect(variance / mean ** 2).toBeGreaterThan(0.95);
  expect(variance / mean ** 2).toBeLessThan(1.05);
  expect([...arrivalTimesMs({ arrivals: 'poisson', perSecond: 50, seconds: 1000 }, randomOf(SEED))]).toEqual(times);
});

it('uniform arrivals have equal gaps, the first at once', () => {
  expect([...arrivalTimesMs({ arrivals: 'uniform', perSecond: 4, seconds: 1 }, randomOf(SEED))]).toEqual([
    0, 250, 500, 750,
  ]);
});
