import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TopK } from '../../../engine/dense/top-k.ts';
import { runs } from '../../support/runs.ts';

/** Few values, so that there are ties; of f32, as the kernel gives them. */
const score = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.float({ noNaN: true }),
  fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
);
const streams = fc.uniqueArray(fc.tuple(fc.nat(1000), score), { selector: ([id]) => id, maxLength: 80 });

const sorted = (stream: readonly (readonly [number, number])[]) =>
  stream
    .filter(([, value]) => !Number.isNaN(value))
    .sort(([idA, a], [idB, b]) => (a === b ? idA - idB : b > a ? 1 : -1));

describe('the k best of a stream', () => {
  it('are what sorting and cutting gives: best first, equal scores by lower id, NaN never', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 40 }), (stream, k) => {
        const top = new TopK(k);
        for (const [id, value] of stream) top.offer(id, value);
        const { ids, scores } = top.take();
        const expected = sorted(stream).slice(0, k);
        expect([...ids]).toEqual(expected.map(([id]) => id));
        expect([...scores].map((value) => value + 0)).toEqual(expected.map(([, value]) => value + 0));
      }),
      runs(150),
    );
  });

  it('have as threshold the worst of k, below which nothing enters', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 10 }), (stream, k) => {
        const top = new TopK(k);
        for (const [at, [id, value]] of stream.entries()) {
          top.offer(id, value);
          const best = sorted(stream.slice(0, at + 1)).slice(0, k);
          expect(top.threshold + 0).toBe(best.length < k ? Number.NEGATIVE_INFINITY : best.at(-1)![1] + 0);
        }
      }),
    );
  });
});
