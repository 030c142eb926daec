import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantise, quantiseQuery, strideOf } from '../../../engine/dense/quantise.ts';
import { clusteredVectors, randomOf } from './clustered.ts';

const component = fc.double({ min: -1, max: 1, noNaN: true });
const vectors = fc.array(component, { minLength: 1, maxLength: 64 }).map((values) => Float32Array.from(values));
const largestOf = (vector: Float32Array): number => Math.max(...Array.from(vector, Math.abs));

describe('a stored vector', () => {
  it('comes back within half a step of its largest component / 127', () => {
    fc.assert(
      fc.property(vectors, (vector) => {
        fc.pre(largestOf(vector) > 1e-30);
        const codes = new Int8Array(vector.length);
        const scale = quantise(vector, codes);
        expect(scale).toBe(largestOf(vector) / 127);
        for (const [at, code] of codes.entries()) {
          expect(Math.abs(code * scale - vector[at]!)).toBeLessThanOrEqual(scale * 0.5 * (1 + 1e-9));
          expect(code).toBeGreaterThanOrEqual(-127);
        }
      }),
    );
  });

  it('of length 1 in 384 dimensions keeps its cosine to within 0.005, most to within 0.001', () => {
    const list = clusteredVectors({ count: 200, dimensions: 384, clusters: 10, seed: 7 });
    const random = randomOf(8);
    let near = 0;
    for (const vector of list) {
      const other = list[Math.floor(random() * list.length)]!;
      const codes = new Int8Array(384);
      const scale = quantise(vector, codes);
      const exact = vector.reduce((sum, value, at) => sum + value * other[at]!, 0);
      const stored = codes.reduce((sum, code, at) => sum + code * scale * other[at]!, 0);
      expect(Math.abs(stored - exact)).toBeLessThan(0.005);
      if (Math.abs(stored - exact) < 0.001) near += 1;
    }
    expect(near).toBeGreaterThan(150);
  });

  it('of zeros has the scale 0, which marks a vector that is not there', () => {
    expect(quantise(new Float32Array(8), new Int8Array(8))).toBe(0);
  });
});

describe('a query', () => {
  it('comes back within half of its own finer step, and zeros fill the stride', () => {
    fc.assert(
      fc.property(vectors, (vector) => {
        fc.pre(largestOf(vector) > 1e-30);
        const codes = new Int16Array(strideOf(vector.length)).fill(99);
        const scale = quantiseQuery(vector, codes);
        for (const [at, value] of vector.entries()) {
          expect(Math.abs(codes[at]! * scale - value)).toBeLessThanOrEqual(scale * 0.5 * (1 + 1e-9));
        }
        expect(codes.subarray(vector.length).every((code) => code === 0)).toBe(true);
      }),
    );
  });

  it('never makes a sum of products that a 32-bit integer cannot hold, however many dimensions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 512 }).map((n) => n * 16),
        (stride) => {
          const codes = new Int16Array(stride);
          quantiseQuery(new Float32Array(stride).fill(-1), codes);
          const sum = codes.reduce((total, code) => total + Math.abs(code) * 127, 0);
          expect(sum).toBeLessThan(2 ** 31);
          expect(Math.abs(codes[0]!)).toBeGreaterThan(2000);
        },
      ),
    );
  });

  it('of zeros stays zeros', () => {
    const codes = new Int16Array(16).fill(3);
    expect(quantiseQuery(new Float32Array(8), codes)).toBe(0);
    expect(codes.every((code) => code === 0)).toBe(true);
  });
});

it('a stride is the next multiple of 16', () => {
  expect([1, 15, 16, 17, 384, 385].map(strideOf)).toEqual([16, 16, 16, 32, 384, 400]);
});
