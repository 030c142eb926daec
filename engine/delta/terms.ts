/** The words of the segment's passages as an inverted index that can forget. */

/** Occurrences by passage. */
type Postings = Map<number, number>;

export class SegmentTerms {
  readonly #postings = new Map<string, Postings>();
  /** Distinct terms of each living passage, for removing it. */
  readonly #termsOf = new Map<number, readonly string[]>();
  readonly #lengths = new Map<number, number>();
  /** Terms of all living passages, as often as they occur. */
  tokens = 0;

  /** Living passages. */
  get documents(): number {
    return this.#lengths.size;
  }

  /** @param passage a number that was never used here before */
  add(passage: number, terms: readonly string[]): void {
    for (const term of terms) {
      const postings = this.#postings.get(term) ?? new Map();
      postings.set(passage, (postings.get(passage) ?? 0) + 1);
      this.#postings.set(term, postings);
    }
    this.#termsOf.set(passage, [...new Set(terms)]);
    this.#lengths.set(passage, terms.length);
    this.tokens += terms.length;
  }

  remove(passage: number): void {
    for (const term of this.#termsOf.get(passage)!) {
      const postings = this.#postings.get(term)!;
      postings.delete(passage);
      if (postings.size === 0) this.#postings.delete(term);
    }
    this.tokens -= this.#lengths.get(passage)!;
    this.#termsOf.delete(passage);
    this.#lengths.delete(passage);
  }

  /** Living passages that hold the term. */
  documentFrequency(term: string): number {
    return this.#postings.get(term)?.size ?? 0;
  }

  /** Passages with the term and how often it occurs, in no order. */
  postings(term: string): Iterable<readonly [passage: number, frequency: number]> {
    return this.#postings.get(term) ?? [];
  }

  frequency(term: string, passage: number): number {
    return this.#postings.get(term)?.get(passage) ?? 0;
  }

  lengthOf(passage: number): number {
    return this.#lengths.get(passage) ?? 0;
  }
}
