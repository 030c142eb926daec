/** How often a quantile is where it is said to be. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateBounds } from '../../../ops/canary/confidence.ts';
import { quantileRanks } from '../../../ops/canary/quantile.ts';
import { randomOf } from '../../../ops/capacity/random.ts';

const SEED = 20_261_128;

describe('ranks around a quantile', () => {
  it('are those of all counts that do not speak against it, tried one by one', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.integer({ min: 1, max: 200 }),
        (quantile, all) => {
          const possible = Array.from({ length: all + 1 }, (_, below) => below).filter((below) => {
            const { low, high } = rateBounds(below, all, 0.05);
            return low - 1e-9 <= quantile && quantile <= high + 1e-9;
          });
          expect(quantileRanks(quantile, all, 0.05)).toEqual({ low: possible[0], high: possible.at(-1)! + 1 });
        },
      ),
    );
  });

  it('enclose it at every moment of nineteen runs in twenty', () => {
    const random = randomOf(SEED);
    for (const quantile of [0.5, 0.95]) {
      let wrong = 0;
      for (let run = 0; run < 200; run++) {
        let below = 0;
        let outside = false;
        for (let all = 1; all <= 1500; all++) {
          // Of values between 0 and 1 this quantile is the value itself; only how many are below it matters.
          if (random.next() <= quantile) below += 1;
          if (all % 50 !== 0) continue;
          const { low, high } = quantileRanks(quantile, all, 0.05);
          outside ||= below < low || below >= high;
        }
        if (outside) wrong += 1;
      }
      expect(wrong, `quantile ${quantile}, seed ${SEED}`).toBeLessThanOrEqual(10 + 10);
    }
  });

  it('say nothing of nothing', () => {
    expect(quantileRanks(0.99, 0, 0.05)).toEqual({ low: 0, high: 1 });
    expect(quantileRanks(0.99, 5, 0.05).high).toBe(6);
  });
});
