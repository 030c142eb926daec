import { describe, expect, test } from 'vitest';
import type { Plan } from '../../bench/replay/plan.ts';
import { Random } from '../../bench/replay/random.ts';
import { addTally, emptyTally, Referee, type Tally } from '../../bench/replay/referee.ts';
import { lateShare } from '../../bench/replay/site.ts';
import { poissonUpper95, quantile } from '../../bench/replay/statistics.ts';
import type { Watched } from '../../ops/detect/index.ts';

const PLAYERS: readonly Watched[] = [
  { detector: 'errors', incident: 'high_error_rate' },
  { detector: 'memory', incident: 'memory_exhaustion' },
];

/** One fault from second 100 to 200 and a decoy at 1500; each player fires in the given stretches. */
function judged(errors: readonly [number, number][], memory: readonly [number, number][] = []): Tally {
  const plan: Plan = {
    lengthS: 3000,
    faults: [{ name: 'errors 20 %', startS: 100, endS: 200, strength: 0 }],
    decoys: [{ name: 'GC pause', startS: 1500, endS: 1501, strength: 0 }],
  };
  const referee = new Referee(plan, PLAYERS);
  const within =
    (second: number) =>
    ([from, to]: readonly [number, number]) =>
      second >= from && second < to;
  for (let second = 0; second < plan.lengthS; second++)
    referee.step(second, [errors.some(within(second)), memory.some(within(second))]);
  return referee.tally;
}

describe('the referee', () => {
  test('times a detection from the first bad second to the end of the step, and the silence from the end of the fault', () => {
    const { faults, falseAlarms, calmS, confusion } = judged([[107, 230]]);
    expect(faults.get('errors 20 %')).toEqual({
      ...{ count: 1, found: 1, already: 0, duplicates: 0 },
      detectionS: [8],
      resetS: [31],
    });
    expect(falseAlarms.size).toBe(0);
    // 100 s of fault and 300 s in which it settles.
    expect(calmS).toBe(2600);
    expect(confusion.get('high_error_rate')).toEqual({ faults: 1, fired: new Map([['high_error_rate', 1]]) });
  });

  test('counts a fault that nobody noticed, and one that was noticed too late, as missed', () => {
    for (const errors of [[], [[250, 260]]] as [number, number][][]) {
      const fault = judged(errors).faults.get('errors 20 %')!;
      expect(fault).toMatchObject({ count: 1, found: 0, detectionS: [] });
    }
  });

  test('counts every further beginning as a duplicate', () => {
    const fault = judged([
      [110, 120],
      [130, 140],
      [150, 210],
    ]).faults.get('errors 20 %')!;
    expect(fault).toMatchObject({ found: 1, duplicates: 2, detectionS: [11], resetS: [11] });
  });

  test('tells no time where it fired already', () => {
    const fault = judged([[50, 150]]).faults.get('errors 20 %')!;
    expect(fault).toMatchObject({ found: 1, already: 1, detectionS: [] });
  });

  test('calls false what no fault explains, and says what went on: a decoy, another fault, or nothing', () => {
    const { falseAlarms } = judged(
      [
        [50, 60],
        [1502, 1503],
      ],
      [[150, 151]],
    );
    expect(falseAlarms.get('errors')).toEqual(
      new Map([
        ['nothing', 1],
        ['GC pause', 1],
      ]),
    );
    expect(falseAlarms.get('memory')).toEqual(new Map([['errors 20 %', 1]]));
  });

  test('adds up', () => {
    const sum = emptyTally();
    addTally(sum, judged([[107, 230]], [[150, 151]]));
    addTally(sum, judged([[105, 210]]));
    expect(sum.faults.get('errors 20 %')).toMatchObject({ count: 2, found: 2, detectionS: [8, 6], resetS: [31, 11] });
    expect(sum.falseAlarms.get('memory')).toEqual(new Map([['errors 20 %', 1]]));
    expect(sum.confusion.get('high_error_rate')!.faults).toBe(2);
    expect(sum.calmS).toBe(5200);
  });
});

describe('statistics', () => {
  test('the bound of a Poisson mean is that of the tables', () => {
    for (const [events, bound] of [
      [0, 2.996],
      [1, 4.744],
      [3, 7.754],
      [10, 16.962],
      [100, 118.08],
    ] as const)
      expect(poissonUpper95(events)).toBeCloseTo(bound, 2);
  });

  test('a quantile is the smallest value that is not exceeded by so many', () => {
    expect([0, 0.5, 0.95, 1].map((share) => quantile([4, 1, 3, 2], share))).toEqual([1, 2, 4, 4]);
    expect(quantile([], 0.5)).toBe(null);
  });

  test('draws have the mean and the spread that they should', () => {
    const random = new Random(7);
    const moments = (draw: () => number): [number, number] => {
      const values = Array.from({ length: 40_000 }, draw);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length];
    };
    const near = ([mean, variance]: [number, number], wantedMean: number, wantedVariance: number): void => {
      expect(Math.abs(mean - wantedMean)).toBeLessThan(6 * Math.sqrt(wantedVariance / 40_000));
      expect(variance / wantedVariance).toBeGreaterThan(0.9);
      expect(variance / wantedVariance).toBeLessThan(1.1);
    };
    near(
      moments(() => random.uniform()),
      0.5,
      1 / 12,
    );
    near(
      moments(() => random.normal()),
      0,
      1,
    );
    near(
      moments(() => random.exponential()),
      1,
      1,
    );
    for (const mean of [0.3, 12, 80])
      near(
        moments(() => random.poisson(mean)),
        mean,
        mean,
      );
    for (const [all, share] of [
      [50, 0.02],
      [50, 0.98],
      [40, 0.5],
      [1000, 0.3],
    ] as const)
      near(
        moments(() => random.binomial(all, share)),
        all * share,
        all * share * (1 - share),
      );
    for (const shape of [0.5, 7])
      near(
        moments(() => random.gamma(shape)),
        shape,
        shape,
      );
    near(
      moments(() => random.share(0.2, 0.1)),
      0.2,
      0.2 * 0.8 * 0.1,
    );
  });

  test('a binomial draw is a whole number of all, also for shares next to 0 and 1', () => {
    const random = new Random(8);
    for (const share of [0, 1e-300, 1e-9, 0.5, 1 - 1e-9, 1])
      for (const all of [0, 1, 50, 1_000_000]) {
        const drawn = random.binomial(all, share);
        expect(Number.isInteger(drawn) && drawn >= 0 && drawn <= all).toBe(true);
      }
  });

  test('one answer in a hundred is late on ordinary days, one in eleven when all are twice as slow', () => {
    expect(lateShare(1)).toBeCloseTo(0.0102, 3);
    expect(lateShare(2)).toBeCloseTo(0.0922, 3);
    expect(lateShare(800 / 158)).toBeCloseTo(0.5, 6);
  });
});
