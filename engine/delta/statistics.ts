/** BM25 over the generation's living passages and the segment's as if they were one index. */
import { inverseFrequency, type Lexical, type QueryTerm } from '../lexical/index.ts';
import type { Superseded } from './superseded.ts';
import type { SegmentTerms } from './terms.ts';

export interface WeighedTerm {
  readonly term: string;
  readonly queryWeight: number;
  readonly idf: number;
  /** queryWeight × idf. */
  readonly multiplier: number;
}

export class LiveStatistics {
  readonly #lexical: Lexical;
  readonly #superseded: Superseded;
  readonly #segment: SegmentTerms;

  constructor(lexical: Lexical, superseded: Superseded, segment: SegmentTerms) {
    this.#lexical = lexical;
    this.#superseded = superseded;
    this.#segment = segment;
  }

  /** Whether the generation's own statistics are those of all that lives. */
  get unchanged(): boolean {
    return this.#superseded.documents === 0 && this.#segment.documents === 0;
  }

  get documents(): number {
    return this.#lexical.documents - this.#superseded.documents + this.#segment.documents;
  }

  /** Mean terms of a living passage; 0 without passages. */
  get averageLength(): number {
    const tokens = this.#lexical.tokens - this.#superseded.tokens + this.#segment.tokens;
    return this.documents === 0 ? 0 : tokens / this.documents;
  }

  documentFrequency(term: string): number {
    return (
      this.#lexical.documentFrequency(term) -
      this.#superseded.documentFrequency(term) +
      this.#segment.documentFrequency(term)
    );
  }

  /** The terms that some living passage holds, each once, in the order in which the query first has them. */
  weigh(terms: readonly QueryTerm[]): WeighedTerm[] {
    const weights = new Map<string, number>();
    for (const { term, weight } of terms) weights.set(term, (weights.get(term) ?? 0) + weight);
    const { documents } = this;
    return [...weights].flatMap(([term, queryWeight]) => {
      const df = this.documentFrequency(term);
      if (df === 0) return [];
      const idf = inverseFrequency(df, documents);
      return [{ term, queryWeight, idf, multiplier: queryWeight * idf }];
    });
  }

  /** What is added to the frequency in the denominator, by the length of a passage; good until the next change. */
  norms(): (length: number) => number {
    const { k1, b } = this.#lexical.bm25;
    const { averageLength } = this;
    return (length) => k1 * (1 - b + (b * length) / averageLength);
  }
}
