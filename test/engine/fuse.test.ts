import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byScore,
  fuseReciprocalRank,
  fuseStandardised,
  type Scored,
  spreadOf,
  standardise,
} from '../../engine/fuse.ts';

const scored = (id: number, bm25: number | null, dense: number | null, ranks: Partial<Scored> = {}): Scored => ({
  id,
  bm25,
  dense,
  bm25Rank: null,
  denseRank: null,
  ...ranks,
});

/** Eighths add up without rounding, so that equality means equality. */
const eighths = fc.integer({ min: -80, max: 80 }).map((n) => n / 8);
const passages = fc
  .uniqueArray(fc.record({ id: fc.nat(500), bm25: eighths, dense: fc.option(eighths) }), {
    selector: ({ id }) => id,
    maxLength: 40,
  })
  .map((list) => list.map(({ id, bm25, dense }) => scored(id, bm25, dense)));
const share = fc.integer({ min: 0, max: 10 }).map((n) => n / 10);

describe('the spread of scores', () => {
  it('is mean and population deviation', () => {
    const spread = spreadOf([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(spread).toEqual({ mean: 5, deviation: 2 });
    expect(standardise(9, spread)).toBe(2);
  });

  it('standardises equal scores to exactly 0, also those that a mean cannot hit', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 1, max: 30 }),
        (value, count) => {
          expect(standardise(value, spreadOf(new Array(count).fill(value)))).toBe(0);
        },
      ),
    );
    expect(spreadOf([])).toEqual({ mean: 0, deviation: 1 });
  });
});

describe('standardised fusion', () => {
  it('is the weighted sum of both legs, each brought to mean 0 and deviation 1', () => {
    const fused = fuseStandardised([scored(7, 1, 0.25), scored(8, 3, 0.75), scored(9, 5, 0.5)], 0.6);
    // bm25: mean 3, deviation √(8/3); dense: mean 0.5, deviation √(1/24).
    const bm25 = [-2, 0, 2].map((gap) => gap / Math.sqrt(8 / 3));
    const dense = [-0.25, 0.25, 0].map((gap) => gap / Math.sqrt(1 / 24));
    for (const [at, one] of fused.entries()) {
      expect(one.bm25Z).toBeCloseTo(bm25[at]!, 12);
      expect(one.denseZ).toBeCloseTo(dense[at]!, 12);
      expect(one.score).toBeCloseTo(0.6 * dense[at]! + 0.4 * bm25[at]!, 12);
    }
  });

  it('judges a passage without a vector by its words alone, and the others as if it were not there for the vectors', () => {
    const [a, b, c] = fuseStandardised([scored(0, 1, 0.2), scored(1, 2, 0.4), scored(2, 9, null)], 0.6);
    expect(c!.denseZ).toBeNull();
    expect(c!.score).toBeCloseTo(c!.bm25Z!, 12);
    expect([a!.denseZ, b!.denseZ]).toEqual([expect.closeTo(-1, 9), expect.closeTo(1, 9)]);
  });

  it('gives each leg a sum of 0 and squares that add up to their number, unless all are equal', () => {
    fc.assert(
      fc.property(passages, share, (list, weight) => {
        const fused = fuseStandardised(list, weight);
        for (const leg of ['bm25Z', 'denseZ'] as const) {
          const values = fused.flatMap((one) => one[leg] ?? []);
          expect(values.reduce((sum, z) => sum + z, 0)).toBeCloseTo(0, 6);
          const squares = values.reduce((sum, z) => sum + z * z, 0);
          const flat = values.every((z) => z === 0);
          expect(squares).toBeCloseTo(flat ? 0 : values.length, 6);
        }
        for (const one of fused) {
          const dense = one.denseZ ?? one.bm25Z!;
          expect(one.score).toBeCloseTo(weight * dense + (1 - weight) * one.bm25Z!, 9);
        }
      }),
    );
  });

  it('gives a passage the same score whatever order the list comes in', () => {
    const shuffled = passages.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, share, ([list, other], weight) => {
        const scores = new Map(fuseStandardised(list, weight).map(({ id, score }) => [id, score]));
        for (const { id, score } of fuseStandardised(other, weight)) expect(score).toBeCloseTo(scores.get(id)!, 9);
      }),
    );
  });

  it('ranks best first, equal scores by lower id, whatever order the fused passages come in', () => {
    const shuffled = passages
      .map((list) => fuseStandardised(list, 0.5))
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        const ranked = other.sort(byScore);
        expect(ranked).toEqual([...list].sort(byScore));
        for (let at = 1; at < ranked.length; at++) {
          const [before, after] = [ranked[at - 1]!, ranked[at]!];
          expect(before.score > after.score || (before.score === after.score && before.id < after.id)).toBe(true);
        }
      }),
    );
  });

  it('with all the weight on one leg ranks as that leg does', () => {
    fc.assert(
      fc.property(passages, (list) => {
        const words = fuseStandardised(list, 0).sort(byScore);
        const expected = [...list].sort((a, b) => b.bm25! - a.bm25! || a.id - b.id);
        expect(words.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      }),
    );
  });
});

describe('reciprocal rank fusion', () => {
  it('sums 1 / (k + rank) over the lists that hold the passage', () => {
    const fused = fuseReciprocalRank(
      [
        scored(1, 3, 0.9, { bm25Rank: 1, denseRank: 4 }),
        scored(2, 2, null, { bm25Rank: 2 }),
        scored(3, 0, 0.8, { denseRank: 1 }),
        scored(4, 0, 0.1),
      ],
      60,
    );
    expect(fused.map(({ score }) => score)).toEqual([1 / 61 + 1 / 64, 1 / 62, 1 / 61, 0]);
    expect(fused.every(({ bm25Z, denseZ }) => bm25Z === null && denseZ === null)).toBe(true);
  });

  it('looks at ranks only: any scores with the same ranks give the same result', () => {
    fc.assert(
      fc.property(
        passages,
        fc.integer({ min: 1, max: 1000 }),
        fc.array(eighths, { minLength: 40 }),
        (list, k, noise) => {
          const ranked = list.map((one, at) => ({
            ...one,
            bm25Rank: at + 1,
            denseRank: at % 3 === 0 ? list.length - at : null,
          }));
          const other = ranked.map((one, at) => ({ ...one, bm25: noise[at]! }));
          expect(fuseReciprocalRank(other, k).map(({ score }) => score)).toEqual(
            fuseReciprocalRank(ranked, k).map(({ score }) => score),
          );
        },
      ),
    );
  });
});
