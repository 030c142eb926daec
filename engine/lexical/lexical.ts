/** Here are terms: which passages hold them, best first by BM25? */
import type { Candidates, DocId, TermExplanation } from '../types.ts';
import { type Core, instantiateCore } from './core.ts';
import { Dictionary } from './dictionary.ts';
import * as format from './format.ts';
import { KTH_STORED } from './image.ts';
import type { SharedLexical } from './load.ts';
import {
  CANDIDATES_MAX,
  IDS,
  IMAGE_AT,
  MASK,
  SCORES,
  TERM_BYTES,
  TERM_MULTIPLIER,
  TERM_RECORD,
  TERMS,
} from './memory.ts';
import type { Bm25Parameters } from './writer.ts';

const TERM_WORDS = TERM_BYTES / 4;
const TERM_DOUBLES = TERM_BYTES / 8;
const WEIGHT_MAX = 1e9;

/** A term of a query. The weight is its frequency in the query times any boost: above 0 and below 1e9. */
export interface QueryTerm {
  readonly term: string;
  readonly weight: number;
}

export interface OpenOptions {
  /** Which build of the core to run. Default: SIMD. */
  readonly simd?: boolean;
}

/**
 * Opens a loaded index in this thread, with the scratch area of `slot` (0 … workersMax − 1). Two live instances must
 * never have the same slot: they would corrupt each other's answers.
 */
export function openLexical(shared: SharedLexical, slot: number, { simd = true }: OpenOptions = {}): Lexical {
  if (!(Number.isInteger(slot) && slot >= 0 && slot < shared.workersMax)) {
    throw new RangeError(`slot is 0 … ${shared.workersMax - 1}: ${slot}`);
  }
  return new Lexical(shared, shared.scratchAt + slot * shared.scratchBytes, simd);
}

/** A reader of one index in one thread. Its methods are synchronous and their results are the caller's own. */
export class Lexical {
  /** Passages, empty ones included. */
  readonly documents: number;
  /** Distinct terms. */
  readonly terms: number;
  /** Distinct pairs of term and passage. */
  readonly postings: number;
  /** Terms of all passages, as often as they occur. */
  readonly tokens: number;
  /** Mean tokens of a passage. */
  readonly averageLength: number;
  readonly bm25: Bm25Parameters;
  readonly #core: Core;
  readonly #words: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #dictionary: Dictionary;
  readonly #lengths: Uint32Array;
  readonly #queryWords: Uint32Array;
  readonly #queryDoubles: Float64Array;
  readonly #ids: Uint32Array;
  readonly #scores: Float32Array;
  readonly #mask: Uint8Array;

  constructor({ memory }: SharedLexical, scratchAt: number, simd: boolean) {
    const { buffer } = memory;
    const header = new DataView(buffer, IMAGE_AT, format.HEADER_BYTES);
    const word = (at: number): number => header.getUint32(at, true);
    this.documents = word(format.HEADER_DOCUMENTS);
    this.terms = word(format.HEADER_TERMS);
    this.postings = header.getFloat64(format.HEADER_POSTINGS, true);
    this.averageLength = header.getFloat64(format.HEADER_AVERAGE_LENGTH, true);
    this.tokens = header.getFloat64(format.HEADER_TOKENS, true);
    this.bm25 = { k1: header.getFloat64(format.HEADER_K1, true), b: header.getFloat64(format.HEADER_B, true) };
    this.#words = new Uint32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
    this.#doubles = new Float64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
    this.#dictionary = new Dictionary(buffer, IMAGE_AT);
    this.#lengths = new Uint32Array(buffer, IMAGE_AT + word(format.HEADER_LENGTHS_AT), this.documents);
    this.#queryWords = new Uint32Array(buffer, scratchAt + TERMS, (format.QUERY_TERMS_MAX * TERM_BYTES) / 4);
    this.#queryDoubles = new Float64Array(buffer, scratchAt + TERMS, (format.QUERY_TERMS_MAX * TERM_BYTES) / 8);
    this.#ids = new Uint32Array(buffer, scratchAt + IDS, CANDIDATES_MAX);
    this.#scores = new Float32Array(buffer, scratchAt + SCORES, CANDIDATES_MAX);
    this.#mask = new Uint8Array(buffer, scratchAt + MASK, Math.ceil(this.documents / 8));
    this.#core = instantiateCore(memory, simd);
    this.#core.attach(scratchAt);
  }

  /**
   * The k (1 … 1,000) passages of the highest BM25, of those with at least one of the terms and allowed by the mask:
   * passage d is bit d % 8 of byte d / 8, and 1 lets it pass. Exact: the order is that of scores computed in doubles and
   * rounded to f32, equal scores by lower id. Terms that the index does not know count for nothing; a repeated term
   * counts as the sum of its weights.
   */
  search(terms: readonly QueryTerm[], k: number, mask: Uint8Array | null = null): Candidates {
    if (!(Number.isInteger(k) && k >= 1 && k <= format.TOP_MAX))
      throw new RangeError(`k is 1 … ${format.TOP_MAX}: ${k}`);
    const count = this.#pose(terms);
    if (count === 0) return { ids: new Uint32Array(0), scores: new Float32Array(0) };
    if (mask !== null) {
      if (mask.length !== this.#mask.length)
        throw new RangeError(`A mask has ${this.#mask.length} bytes: ${mask.length}`);
      this.#mask.set(mask);
    }
    const found = this.#core.search(count, k, mask === null ? kthPlace(k) : -1, mask === null ? 0 : 1);
    return { ids: this.#ids.slice(0, found), scores: this.#scores.slice(0, found) };
  }

  /** The BM25 of these passages, in their order; 0 where none of the terms occurs. */
  score(terms: readonly QueryTerm[], ids: Uint32Array): Float32Array {
    const scores = new Float32Array(ids.length);
    const count = this.#pose(terms);
    if (count === 0) return scores;
    for (let at = 0; at < ids.length; at += CANDIDATES_MAX) {
      const some = ids.subarray(at, at + CANDIDATES_MAX);
      if (some.some((id) => id >= this.documents)) throw new RangeError(`ids are below ${this.documents}`);
      this.#ids.set(some);
      this.#core.score(count, some.length);
      scores.set(this.#scores.subarray(0, some.length), at);
    }
    return scores;
  }

  /** Passages that hold the term. */
  documentFrequency(term: string): number {
    const record = this.#dictionary.recordOf(term);
    return record < 0 ? 0 : this.#words[(IMAGE_AT + record + format.RECORD_DF) / 4]!;
  }

  /** Its inverse document frequency; 0 where no passage holds it. */
  idfOf(term: string): number {
    const record = this.#dictionary.recordOf(term);
    return record < 0 ? 0 : this.#idfOf(record);
  }

  /** Occurrences of the term in each of these passages. */
  frequencies(term: string, ids: Uint32Array): Uint32Array {
    const record = this.#dictionary.recordOf(term);
    return record < 0 ? new Uint32Array(ids.length) : ids.map((id) => this.#core.frequency(IMAGE_AT + record, id));
  }

  /** Terms of a passage, as often as they occur. */
  lengthOf(id: DocId): number {
    return this.#lengths[id]!;
  }

  /** What each known term of the query adds to the score of this passage. */
  explain(terms: readonly QueryTerm[], id: DocId): TermExplanation[] {
    if (!(id >= 0 && id < this.documents)) throw new RangeError(`ids are below ${this.documents}: ${id}`);
    const { k1, b } = this.bm25;
    const norm = k1 * (1 - b + (b * this.#lengths[id]!) / this.averageLength);
    return Array.from(weightsByTerm(terms)).flatMap(([term, queryWeight]) => {
      const record = this.#dictionary.recordOf(term);
      if (record < 0) return [];
      const idf = this.#idfOf(record);
      const tf = this.#core.frequency(IMAGE_AT + record, id);
      return [{ term, idf, tf, queryWeight, score: tf === 0 ? 0 : queryWeight * idf * (tf / (tf + norm)) }];
    });
  }

  /** The most that each known term can add to a score: query weight × idf. */
  weights(terms: readonly QueryTerm[]): Map<string, number> {
    const weights = weightsByTerm(terms);
    for (const [term, weight] of weights) {
      const record = this.#dictionary.recordOf(term);
      if (record < 0) weights.delete(term);
      else weights.set(term, weight * this.#idfOf(record));
    }
    return weights;
  }

  /** Writes the known terms to the scratch area; returns how many there are. */
  #pose(terms: readonly QueryTerm[]): number {
    const words = this.#queryWords;
    const doubles = this.#queryDoubles;
    let count = 0;
    for (const { term, weight } of terms) {
      if (!(weight > 0 && weight < WEIGHT_MAX))
        throw new RangeError(`A query weight is above 0 and below 1e9: ${weight}`);
      const record = this.#dictionary.recordOf(term);
      if (record < 0) continue;
      let at = 0;
      while (at < count && words[at * TERM_WORDS + TERM_RECORD / 4] !== IMAGE_AT + record) at += 1;
      if (at < count) doubles[at * TERM_DOUBLES + TERM_MULTIPLIER / 8]! += weight;
      else {
        if (count === format.QUERY_TERMS_MAX) throw new RangeError(`More than ${format.QUERY_TERMS_MAX} query terms`);
        words[at * TERM_WORDS + TERM_RECORD / 4] = IMAGE_AT + record;
        doubles[at * TERM_DOUBLES + TERM_MULTIPLIER / 8] = weight;
        count += 1;
      }
    }
    // After the weights are complete: weight × idf in one multiplication, as anyone else would compute it.
    for (let at = 0; at < count; at++) {
      const idf = this.#idfOf(words[at * TERM_WORDS + TERM_RECORD / 4]! - IMAGE_AT);
      doubles[at * TERM_DOUBLES + TERM_MULTIPLIER / 8]! *= idf;
    }
    return count;
  }

  #idfOf(record: number): number {
    return this.#doubles[(IMAGE_AT + record + format.RECORD_IDF) / 8]!;
  }
}

/** The place of the first stored k that is not below this one; −1 above the last. */
function kthPlace(k: number): number {
  return KTH_STORED.findIndex((stored) => stored >= k);
}

function weightsByTerm(terms: readonly QueryTerm[]): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { term, weight } of terms) weights.set(term, (weights.get(term) ?? 0) + weight);
  return weights;
}
