import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { solved } from '../../../../ops/capacity/model/least-squares.ts';
import { studentT } from '../../../../ops/capacity/model/student.ts';
import { fitUsl, type UslParameters, type UslPoint, uslThroughput } from '../../../../ops/capacity/model/usl.ts';
import { type Random, randomOf } from '../../../../ops/capacity/random.ts';

const CONCURRENCIES = [0.4, 1, 2, 4, 8, 16, 24, 32, 48, 64];

/** Sum of twelve uniforms: near enough to a normal deviate. */
const deviate = (random: Random): number =>
  Array.from({ length: 12 }, () => random.next()).reduce((sum, one) => sum + one, -6);

const points = (law: UslParameters, noise = 0, random = randomOf(1)): UslPoint[] =>
  CONCURRENCIES.map((concurrency) => ({
    concurrency,
    throughput: uslThroughput(law, concurrency) * (1 + noise * deviate(random)),
    requests: 1000,
  }));

const laws = fc.record({
  lambda: fc.double({ min: 0.5, max: 5000, noNaN: true }),
  sigma: fc.double({ min: 0.01, max: 0.95, noNaN: true }),
  kappa: fc.double({ min: 0.00005, max: 0.02, noNaN: true }),
});

describe('the scalability law', () => {
  it('is found again from points on it, whatever its parameters', () => {
    fc.assert(
      fc.property(laws, (law) => {
        const { parameters, rSquared } = fitUsl(points(law))!;
        expect(parameters.lambda / law.lambda).toBeCloseTo(1, 4);
        expect(parameters.sigma).toBeCloseTo(law.sigma, 4);
        expect(parameters.kappa / law.kappa).toBeCloseTo(1, 3);
        expect(rSquared).toBeGreaterThan(0.999999);
      }),
    );
  });

  it('is found again without contention, or without coherency, at the border of what is possible', () => {
    for (const law of [
      { lambda: 40, sigma: 0, kappa: 0 },
      { lambda: 40, sigma: 0.2, kappa: 0 },
      { lambda: 40, sigma: 0, kappa: 0.001 },
      { lambda: 40, sigma: 1, kappa: 0 },
    ]) {
      const { parameters, peakConcurrency } = fitUsl(points(law))!;
      expect(parameters.lambda).toBeCloseTo(law.lambda, 3);
      expect(parameters.sigma).toBeCloseTo(law.sigma, 5);
      expect(parameters.kappa).toBeCloseTo(law.kappa, 7);
      if (law.kappa === 0) expect(peakConcurrency === null || peakConcurrency > 1000).toBe(true);
    }
  });

  it('with noise of 3 %, has intervals that hold the truth about as often as they say', () => {
    const law = { lambda: 100, sigma: 0.08, kappa: 0.0008 };
    const random = randomOf(20261128);
    const held = { lambda: 0, sigma: 0, kappa: 0, peak: 0 };
    const RUNS = 300;
    const peak = uslThroughput(law, Math.sqrt((1 - law.sigma) / law.kappa));
    for (let n = 0; n < RUNS; n++) {
      const fit = fitUsl(points(law, 0.03, random))!;
      for (const name of ['lambda', 'sigma', 'kappa'] as const)
        if (fit[name].low! <= law[name] && law[name] <= fit[name].high!) held[name] += 1;
      if (fit.peak!.low! <= peak && peak <= fit.peak!.high!) held.peak += 1;
    }
    // 95 % are promised; 285 of 300 with a deviation of 4.
    for (const count of Object.values(held)) {
      expect(count).toBeGreaterThan(RUNS * 0.9);
      expect(count).toBeLessThan(RUNS);
    }
  });

  it('never has impossible parameters, whatever it is fitted to', () => {
    const anything = fc.array(
      fc.record({
        concurrency: fc.double({ min: 0.01, max: 1000, noNaN: true }),
        throughput: fc.double({ min: 0.01, max: 1000, noNaN: true }),
        requests: fc.integer({ min: 1, max: 100_000 }),
      }),
      { minLength: 4, maxLength: 12 },
    );
    fc.assert(
      fc.property(anything, (some) => {
        const fit = fitUsl(some);
        if (fit === null) return;
        const { lambda, sigma, kappa } = fit.parameters;
        expect(lambda).toBeGreaterThan(0);
        expect(sigma >= 0 && sigma <= 1 && kappa >= 0).toBe(true);
      }),
    );
  });

  it('is not fitted to fewer points than say anything about three parameters', () => {
    expect(fitUsl(points({ lambda: 1, sigma: 0.1, kappa: 0.01 }).slice(0, 3))).toBeNull();
  });
});

describe('what the fit stands on', () => {
  // Published tables of the two-sided 95 % quantile.
  it.each([
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [5, 2.571],
    [10, 2.228],
    [30, 2.042],
    [1000, 1.962],
  ])("Student's t with %d degrees of freedom is %d", (freedom, expected) => {
    expect(studentT(0.05, freedom)).toBeCloseTo(expected, 2);
  });

  it('linear equations are solved, and singular ones are not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 12, maxLength: 12 }),
        (numbers) => {
          const rows = [0, 1, 2].map((i) => [0, 1, 2].map((j) => numbers[3 * i + j]! + (i === j ? 50 : 0)));
          const x = numbers.slice(9);
          const found = solved(
            rows,
            rows.map((row) => row.reduce((sum, value, j) => sum + value * x[j]!, 0)),
          )!;
          for (const [i, value] of found.entries()) expect(value).toBeCloseTo(x[i]!, 8);
        },
      ),
    );
    expect(
      solved(
        [
          [1, 2],
          [2, 4],
        ],
        [1, 2],
      ),
    ).toBeNull();
  });
});
