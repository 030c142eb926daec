/** Which passages of generation and segment are near this vector? */
import { TopK, type Vectors } from '../dense/index.ts';
import type { Candidates, DocId } from '../types.ts';
import type { Superseded } from './superseded.ts';
import { codeQuery, type SegmentVectors } from './vectors.ts';

/** So many dead passages are asked for besides the living; with more, the living are scanned. */
const DEAD_ASKED_MAX = 1000;

export interface DenseParts {
  /** Null where the generation has none. */
  readonly vectors: Vectors | null;
  readonly superseded: Superseded;
  readonly segment: SegmentVectors;
  /** Passages of the generation: ids from here on are the segment's. */
  readonly documents: number;
}

export class DenseLeg {
  readonly #parts: DenseParts;

  constructor(parts: DenseParts) {
    this.#parts = parts;
  }

  /**
   * The k nearest, equal scores by lower id. The segment and a filtered generation are searched exactly; an unfiltered generation
   * by its graph, as without a segment.
   *
   * @param filter of the generation's passages, the dead included; null allows all
   */
  search(vector: Float32Array, k: number, filter: Uint8Array | null, allows: (passage: number) => boolean): Candidates {
    const { segment, documents } = this.#parts;
    const query = codeQuery(vector);
    const top = new TopK(k);
    for (const passage of segment.passages()) {
      if (allows(passage)) top.offer(documents + passage, segment.score(query, passage));
    }
    const { ids, scores } = this.#generationNear(vector, k, filter);
    for (let at = 0; at < ids.length; at++) top.offer(ids[at]!, scores[at]!);
    return top.take();
  }

  /** Cosines of the given passages; NaN for those without a vector. */
  score(vector: Float32Array, ids: Uint32Array): Float32Array {
    const { vectors, segment, documents } = this.#parts;
    const query = codeQuery(vector);
    const own = vectors?.score(
      vector,
      ids.filter((id) => id < documents),
    );
    let next = 0;
    return Float32Array.from(ids, (id) =>
      id < documents ? (own?.[next++] ?? Number.NaN) : segment.score(query, id - documents),
    );
  }

  /** Cosine of two stored vectors, 0 … 1 as a likeness; 0 where one is missing. */
  likeness(a: DocId, b: DocId): number {
    const one = this.#codesOf(a);
    const two = this.#codesOf(b);
    if (one === null || two === null) return 0;
    let dot = 0;
    for (let at = 0; at < one.codes.length; at++) dot += one.codes[at]! * two.codes[at]!;
    return Math.max(0, dot * one.scale * two.scale);
  }

  #codesOf(id: DocId): { codes: Int8Array; scale: number } | null {
    const { vectors, segment, documents } = this.#parts;
    return id < documents ? (vectors?.codesOf(id) ?? null) : segment.get(id - documents);
  }

  #generationNear(vector: Float32Array, k: number, filter: Uint8Array | null): Candidates {
    const { vectors, superseded } = this.#parts;
    if (vectors === null) return { ids: new Uint32Array(0), scores: new Float32Array(0) };
    if (filter !== null || superseded.documents > DEAD_ASKED_MAX) {
      return vectors.search(vector, k, superseded.mask(filter));
    }
    const { ids, scores } = vectors.search(vector, k + superseded.documents, null);
    const living = [...ids.keys()].filter((at) => superseded.lives(ids[at]!));
    return { ids: Uint32Array.from(living, (at) => ids[at]!), scores: Float32Array.from(living, (at) => scores[at]!) };
  }
}
