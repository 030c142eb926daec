import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Buckets } from '../../../../ops/capacity/hlog/index.ts';
import { loadStep } from '../../../../ops/capacity/load/load-step.ts';
import { crossingOf, percentileMs, rising } from '../../../../ops/capacity/model/crossing.ts';

const point = (perSecond: number, ms: number, weight = 1) => ({ perSecond, ms, weight });

/** The closest rising curve, by its definition: at each point the largest of all means that end here over those that begin. */
function closestRising(points: readonly { ms: number; weight: number }[]): number[] {
  const mean = (from: number, to: number): number => {
    const part = points.slice(from, to + 1);
    return (
      part.reduce((sum, { ms, weight }) => sum + ms * weight, 0) / part.reduce((sum, { weight }) => sum + weight, 0)
    );
  };
  return points.map((_, at) => {
    const starts = Array.from({ length: at + 1 }, (__, from) =>
      Math.min(...Array.from({ length: points.length - at }, (___, more) => mean(from, at + more))),
    );
    return Math.max(...starts);
  });
}

describe('the rate at a threshold', () => {
  it('lies between the loads around it, linear in the logarithm of latency', () => {
    expect(crossingOf([point(10, 200), point(20, 400), point(40, 1600)], 800)).toEqual({
      kind: 'between',
      perSecond: 30,
    });
    expect(crossingOf([point(10, 200), point(20, 800), point(40, 1600)], 800).perSecond).toBe(20);
  });

  it('is said to lie beyond what was measured where it does', () => {
    expect(crossingOf([point(10, 200), point(20, 400)], 800)).toEqual({ kind: 'below_all', perSecond: null });
    expect(crossingOf([point(10, 900), point(20, 2000)], 800)).toEqual({ kind: 'above_all', perSecond: null });
  });

  it('falls as the threshold falls, and lies within the measured rates, whatever was measured', () => {
    const some = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 5000 })), {
      selector: ([rate]) => rate,
      minLength: 2,
      maxLength: 10,
    });
    fc.assert(
      fc.property(some, fc.integer({ min: 2, max: 4000 }), fc.integer({ min: 2, max: 4000 }), (pairs, a, b) => {
        const points = pairs.sort(([x], [y]) => x - y).map(([rate, ms]) => point(rate, ms));
        const [lower, higher] = [crossingOf(points, Math.min(a, b)), crossingOf(points, Math.max(a, b))];
        for (const { perSecond } of [lower, higher])
          if (perSecond !== null)
            expect(perSecond >= points[0]!.perSecond && perSecond <= points.at(-1)!.perSecond).toBe(true);
        if (lower.perSecond !== null && higher.perSecond !== null)
          expect(lower.perSecond).toBeLessThanOrEqual(higher.perSecond);
      }),
    );
  });

  it('is taken from the closest curve that never falls', () => {
    const some = fc.array(
      fc.record({ ms: fc.integer({ min: 1, max: 2000 }), weight: fc.integer({ min: 1, max: 50 }) }),
      { minLength: 1, maxLength: 9 },
    );
    fc.assert(
      fc.property(some, (points) => {
        const curve = rising(points.map(({ ms, weight }, at) => point(at, ms, weight)));
        for (const [at, expected] of closestRising(points).entries()) expect(curve[at]!.ms).toBeCloseTo(expected, 6);
      }),
    );
  });
});

describe('a percentile of all that came', () => {
  const load = (answers: readonly number[], failed: number) =>
    loadStep({
      ...{
        perSecond: 1,
        seconds: 10,
        answered: answers.length,
        failed,
        degraded: 0,
        lagMs: 0,
        generatorCpuShare: 0,
        machineCores: 0,
      },
      slices: [answers.reduce((all, ms) => all.add(ms, ms, 1), new Buckets())],
      parts: new Map(),
    });
  const hundred = Array.from({ length: 100 }, (_, n) => n + 1);

  it('counts what failed as later than every answer', () => {
    expect(percentileMs(load(hundred, 0), 95)).toBe(95);
    expect(percentileMs(load(hundred, 2), 95)).toBe(97);
    expect(percentileMs(load(hundred, 5), 95)).toBe(100);
    expect(percentileMs(load(hundred, 20), 95)).toBe(Number.POSITIVE_INFINITY);
  });
});
