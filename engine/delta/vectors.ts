/**
 * Vectors of the segment's passages, quantised and scored as the generation's are: the same codes, the same products, the same
 * rounding to f32 after each step, so that a passage has one cosine wherever it lies.
 */
import { quantise, quantiseQuery, strideOf } from '../dense/index.ts';

interface Coded {
  readonly codes: Int8Array;
  readonly scale: number;
}

/** A query as the kernel reads it. */
export interface CodedQuery {
  readonly codes: Int16Array;
  readonly factor: number;
}

export function codeQuery(vector: Float32Array): CodedQuery {
  const codes = new Int16Array(strideOf(vector.length));
  return { factor: Math.fround(quantiseQuery(vector, codes)), codes };
}

export class SegmentVectors {
  readonly #coded = new Map<number, Coded>();

  /** Living passages with a vector. */
  get size(): number {
    return this.#coded.size;
  }

  add(passage: number, vector: Float32Array): void {
    const codes = new Int8Array(strideOf(vector.length));
    this.#coded.set(passage, { scale: Math.fround(quantise(vector, codes)), codes });
  }

  remove(passage: number): void {
    this.#coded.delete(passage);
  }

  passages(): Iterable<number> {
    return this.#coded.keys();
  }

  /** The vector's codes and scale; null without one. */
  get(passage: number): Coded | null {
    return this.#coded.get(passage) ?? null;
  }

  /** The cosine as f32; NaN without a vector. */
  score({ codes, factor }: CodedQuery, passage: number): number {
    const own = this.#coded.get(passage);
    if (own === undefined || own.scale === 0) return Number.NaN;
    let dot = 0;
    for (let at = 0; at < codes.length; at++) dot += own.codes[at]! * codes[at]!;
    return Math.fround(Math.fround(Math.fround(dot) * own.scale) * factor);
  }
}
