/** Which passages have a vector, and what is it? Read from the shared memory that queries read. */
import type { SharedVectors } from './vectors.ts';

export class StoredVectors {
  /** Passages with a vector, ascending: a scale of 0 says that there is none. */
  readonly ids: Uint32Array;
  readonly #scales: Float32Array;
  readonly #codes: Int8Array;
  readonly #layout: SharedVectors['layout'];

  constructor({ memory, layout }: SharedVectors) {
    this.#layout = layout;
    this.#scales = new Float32Array(memory.buffer, layout.scalesAt, layout.count);
    this.#codes = new Int8Array(memory.buffer, layout.codesAt, layout.count * layout.stride);
    const ids: number[] = [];
    for (let id = 0; id < layout.count; id++) if (this.#scales[id] !== 0) ids.push(id);
    this.ids = Uint32Array.from(ids);
  }

  /** As it lies in the file: what is written anywhere else with this scale is the same vector. */
  stored(id: number): { readonly codes: Int8Array; readonly scale: number } {
    const { stride } = this.#layout;
    return { codes: this.#codes.subarray(id * stride, (id + 1) * stride), scale: this.#scales[id]! };
  }

  /** As it was embedded, but for the quantisation; of length 1. */
  vector(id: number): Float32Array {
    const { stride, dimensions } = this.#layout;
    const codes = this.#codes.subarray(id * stride, id * stride + dimensions);
    const vector = Float32Array.from(codes);
    const length = Math.hypot(...vector);
    return vector.map((component) => component / length);
  }
}
