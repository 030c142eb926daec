/** Here are passages as lists of terms: what are the bytes of their index? */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { DocId } from '../types.ts';
import { composeImage } from './image.ts';
import { PostingLog } from './posting-log.ts';

const WRITE_BYTES = 64 << 20;

/** A finished index, as it is stored and as it is loaded. */
export interface LexicalFile {
  /** Distinct terms. */
  readonly terms: number;
  /** Distinct pairs of term and passage. */
  readonly postings: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Creates or replaces the file and waits until it is on disk. */
  write(path: string): void;
}

/** BM25's constants: k1 ≥ 0 saturates term frequency, b (0 … 1) weighs document length. */
export interface Bm25Parameters {
  readonly k1: number;
  readonly b: number;
}

/** Gathers passages and writes their index. Takes about 5 bytes a posting until `finish`, then as much as the file. */
export class LexicalWriter {
  readonly #parameters: Bm25Parameters;
  readonly #numbers = new Map<string, number>();
  readonly #log = new PostingLog();
  #lengths = new Uint32Array(1024);
  /** By term number: the last document with it, plus one, and the place among that document's terms. */
  #lastIn = new Uint32Array(1024);
  #placeIn = new Uint32Array(1024);
  readonly #terms: number[] = [];
  readonly #frequencies: number[] = [];

  constructor(parameters: Bm25Parameters) {
    const { k1, b } = parameters;
    if (!(k1 >= 0 && k1 < 1000 && b >= 0 && b <= 1)) throw new RangeError(`k1 is 0 … 1000 and b is 0 … 1: ${k1}, ${b}`);
    this.#parameters = parameters;
  }

  /** Adds the next document, with its terms in any order and as often as they occur; it may have none. */
  add(terms: readonly string[]): DocId {
    const document = this.#log.documents;
    let distinct = 0;
    for (const term of terms) {
      const number = this.#numberOf(term);
      if (this.#lastIn[number] === document + 1) {
        this.#frequencies[this.#placeIn[number]!]! += 1;
        continue;
      }
      this.#lastIn[number] = document + 1;
      this.#placeIn[number] = distinct;
      this.#terms[distinct] = number;
      this.#frequencies[distinct] = 1;
      distinct += 1;
    }
    this.#log.append(this.#terms, this.#frequencies, distinct);
    if (document === this.#lengths.length) this.#lengths = grown(this.#lengths);
    this.#lengths[document] = terms.length;
    return document;
  }

  /** Composes the file. The writer is spent afterwards. Throws a RangeError for more than 4 GiB. */
  finish(): LexicalFile {
    const bytes = composeImage({
      ...this.#parameters,
      log: this.#log,
      names: [...this.#numbers.keys()],
      lengths: this.#lengths.subarray(0, this.#log.documents),
    });
    return {
      bytes,
      terms: this.#numbers.size,
      postings: this.#log.postings,
      write: (path) => writeAndSync(path, bytes),
    };
  }

  #numberOf(term: string): number {
    const known = this.#numbers.get(term);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(term, number);
    if (number === this.#lastIn.length) {
      this.#lastIn = grown(this.#lastIn);
      this.#placeIn = grown(this.#placeIn);
    }
    return number;
  }
}

function grown(full: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(full.length * 2);
  larger.set(full);
  return larger;
}

function writeAndSync(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'w');
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, Math.min(WRITE_BYTES, bytes.length - at));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
