import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deviation, type History, learn, NO_HISTORY } from '../../../ops/detect/index.ts';

const settings = { smoothingValues: 1, centreValues: 50, spreadValues: 100, clip: 3 };
const learnt = (values: readonly number[]): History =>
  values.reduce<History>((history, value) => learn(history, value, settings), NO_HISTORY);
const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 30, maxLength: 300 });

describe('a history', () => {
  test('judges in spreads: it does not matter in which unit, or from which zero, a series is measured', () => {
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: -1000, max: 1000 }),
        fc.integer({ min: 1, max: 64 }),
        (series, next, unit) => {
          const here = learnt(series);
          fc.pre(here.spread > 0.01);
          const there = learnt(series.map((value) => value * unit + 4096));
          expect(deviation(there, next * unit + 4096, settings)).toBeCloseTo(deviation(here, next, settings), 3);
        },
      ),
    );
  });

  test('is moved by an outlier no more than by a value at the edge of the usual', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 1e4, max: 1e12, noNaN: true }), (series, outlier) => {
        const before = learnt(series);
        fc.pre(before.spread > 0.01);
        const after = learn(before, outlier, settings);
        expect(Math.abs(after.centre - before.centre)).toBeLessThanOrEqual((settings.clip * before.spread) / 30 + 1e-9);
        expect(after.spread).toBeLessThanOrEqual(before.spread * (1 + (settings.clip * 1.25) / 30) + 1e-9);
      }),
    );
  });

  test('comes to mean and standard deviation of a normal series', () => {
    let state = 12345;
    const uniform = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const normal = (): number => Array.from({ length: 12 }, uniform).reduce((sum, one) => sum + one, -6);
    const slow = { ...settings, centreValues: 2000, spreadValues: 2000 };
    let history = NO_HISTORY;
    for (let at = 0; at < 20_000; at++) history = learn(history, 100 + 5 * normal(), slow);
    expect(history.centre).toBeGreaterThan(99);
    expect(history.centre).toBeLessThan(101);
    expect(history.spread).toBeGreaterThan(4.5);
    expect(history.spread).toBeLessThan(5.5);
  });

  test('calls nothing unusual before it knows enough, and any move of a flat series very unusual', () => {
    expect(deviation(learnt([1, 1, 1]), 1000, settings)).toBe(0);
    const flat = learnt(Array.from({ length: 40 }, () => 7));
    expect(deviation(flat, 7, settings)).toBe(0);
    expect(deviation(flat, 8, settings)).toBe(100);
    expect(deviation(flat, 6, settings)).toBe(-100);
    expect(deviation(flat, 8, settings, 0.5)).toBe(2);
  });
});
