/** What did each document contain, in the order of writing? Five bytes a posting, in chunks that are never copied. */
import { FREQUENCY_ESCAPE } from './format.ts';

const CHUNK_POSTINGS = 1 << 20;

interface Chunk {
  readonly terms: Uint32Array;
  readonly frequencies: Uint8Array;
}

export type PostingVisitor = (document: number, term: number, frequency: number) => void;

export class PostingLog {
  readonly #chunks: Chunk[] = [];
  /** Frequencies of {@link FREQUENCY_ESCAPE} and more, by posting. */
  readonly #escapes = new Map<number, number>();
  #postings = 0;
  #perDocument = new Uint32Array(1024);
  #documents = 0;

  get documents(): number {
    return this.#documents;
  }

  get postings(): number {
    return this.#postings;
  }

  /** Appends a document with the first `count` entries of both arrays. */
  append(terms: readonly number[], frequencies: readonly number[], count: number): void {
    if (this.#documents === this.#perDocument.length) {
      const grown = new Uint32Array(this.#documents * 2);
      grown.set(this.#perDocument);
      this.#perDocument = grown;
    }
    this.#perDocument[this.#documents++] = count;
    for (let i = 0; i < count; i++) {
      const at = this.#postings % CHUNK_POSTINGS;
      if (at === 0) {
        this.#chunks.push({ terms: new Uint32Array(CHUNK_POSTINGS), frequencies: new Uint8Array(CHUNK_POSTINGS) });
      }
      const chunk = this.#chunks.at(-1)!;
      const frequency = frequencies[i]!;
      chunk.terms[at] = terms[i]!;
      chunk.frequencies[at] = Math.min(frequency, FREQUENCY_ESCAPE);
      if (frequency >= FREQUENCY_ESCAPE) this.#escapes.set(this.#postings, frequency);
      this.#postings += 1;
    }
  }

  /** Visits every posting, by document. */
  visit(visitor: PostingVisitor): void {
    let posting = 0;
    for (let document = 0; document < this.#documents; document++) {
      const end = posting + this.#perDocument[document]!;
      for (; posting < end; posting++) {
        const chunk = this.#chunks[Math.floor(posting / CHUNK_POSTINGS)]!;
        const stored = chunk.frequencies[posting % CHUNK_POSTINGS]!;
        const frequency = stored < FREQUENCY_ESCAPE ? stored : this.#escapes.get(posting)!;
        visitor(document, chunk.terms[posting % CHUNK_POSTINGS]!, frequency);
      }
    }
  }
}
