/**
 * Which passages of generation and segment hold these terms, best first by the BM25 of both together?
 *
 * The generation's core knows its own statistics only. It is asked with weights that carry the new idf, so its scores differ
 * from the true ones by the average length alone. A part tf / (tf + norm) changes at most by the factor by which the average
 * does, and so does a sum of parts: whoever it did not propose scores at most that factor times the last proposal. Proposals are
 * scored anew in doubles, and more are asked for until the k-th best is above that bound.
 */
import { TopK } from '../dense/index.ts';
import { type Lexical, type QueryTerm, TOP_MAX } from '../lexical/index.ts';
import type { Candidates, DocId, TermExplanation } from '../types.ts';
import type { LiveStatistics, WeighedTerm } from './statistics.ts';
import type { SegmentTerms } from './terms.ts';

/** Scores are rounded to f32 on both sides of the comparison. */
const ROUNDING = 1 + 1e-6;
/** Proposals beyond k that are asked for at first. */
const SPARE = 16;

export interface LexicalParts {
  readonly lexical: Lexical;
  readonly segment: SegmentTerms;
  readonly statistics: LiveStatistics;
}

export class LexicalLeg {
  readonly #parts: LexicalParts;

  constructor(parts: LexicalParts) {
    this.#parts = parts;
  }

  /**
   * The k (1 … 1,000) best, equal scores by lower id; ids from `lexical.documents` on are the segment's. Exact as long as fewer
   * than 1,000 passages lie within the bound above; beyond, those at its edge may be in another order.
   *
   * @param mask of the generation's passages; null allows all
   * @param allows whether a passage of the segment may answer, by its number there
   */
  search(
    terms: readonly QueryTerm[],
    k: number,
    mask: Uint8Array | null,
    allows: (passage: number) => boolean,
  ): Candidates {
    const { lexical, statistics } = this.#parts;
    if (statistics.unchanged) return lexical.search(terms, k, mask);
    const weighed = statistics.weigh(terms);
    const top = new TopK(k);
    const { documents } = lexical;
    for (const [passage, score] of this.#segmentScores(weighed)) {
      if (allows(passage)) top.offer(documents + passage, score);
    }
    const { ids, scores } = this.#generationTop(weighed, k, mask);
    for (let at = 0; at < ids.length; at++) top.offer(ids[at]!, scores[at]!);
    return top.take();
  }

  /** The BM25 of these passages, in their order; 0 where none of the terms occurs. */
  score(terms: readonly QueryTerm[], ids: Uint32Array): Float32Array {
    const weighed = this.#parts.statistics.weigh(terms);
    const { lexical, segment, statistics } = this.#parts;
    const own = this.#generationScores(
      weighed,
      ids.filter((id) => id < lexical.documents),
    );
    const normOf = statistics.norms();
    let next = 0;
    return Float32Array.from(ids, (id) => {
      if (id < lexical.documents) return own[next++]!;
      const passage = id - lexical.documents;
      const norm = normOf(segment.lengthOf(passage));
      return weighed.reduce((sum, { term, multiplier }) => {
        const tf = segment.frequency(term, passage);
        return tf === 0 ? sum : sum + multiplier * (tf / (tf + norm));
      }, 0);
    });
  }

  /** What each term adds to the score of this passage. */
  explain(terms: readonly QueryTerm[], id: DocId): TermExplanation[] {
    const { lexical, segment, statistics } = this.#parts;
    const own = id < lexical.documents;
    const norm = statistics.norms()(own ? lexical.lengthOf(id) : segment.lengthOf(id - lexical.documents));
    return statistics.weigh(terms).map(({ term, idf, queryWeight, multiplier }) => {
      const tf = own
        ? lexical.frequencies(term, Uint32Array.of(id))[0]!
        : segment.frequency(term, id - lexical.documents);
      return { term, idf, tf, queryWeight, score: tf === 0 ? 0 : multiplier * (tf / (tf + norm)) };
    });
  }

  /** The most that each term can add to a score. */
  weights(terms: readonly QueryTerm[]): Map<string, number> {
    return new Map(this.#parts.statistics.weigh(terms).map(({ term, multiplier }) => [term, multiplier]));
  }

  #segmentScores(weighed: readonly WeighedTerm[]): Map<number, number> {
    const { segment, statistics } = this.#parts;
    const sums = new Map<number, number>();
    const normOf = statistics.norms();
    for (const { term, multiplier } of weighed) {
      for (const [passage, tf] of segment.postings(term)) {
        const part = multiplier * (tf / (tf + normOf(segment.lengthOf(passage))));
        sums.set(passage, (sums.get(passage) ?? 0) + part);
      }
    }
    for (const [passage, sum] of sums) sums.set(passage, Math.fround(sum));
    return sums;
  }

  #generationTop(weighed: readonly WeighedTerm[], k: number, mask: Uint8Array | null): Candidates {
    const { lexical, statistics } = this.#parts;
    const adjusted = weighed.flatMap(({ term, multiplier }) => {
      const df = lexical.documentFrequency(term);
      return df === 0 ? [] : [{ term, weight: multiplier / lexical.idfOf(term) }];
    });
    const averages = [lexical.averageLength, statistics.averageLength] as const;
    const drift = (Math.max(...averages) / Math.min(...averages)) * ROUNDING;
    for (let wanted = Math.min(k + SPARE, TOP_MAX); ; wanted = Math.min(wanted * 2, TOP_MAX)) {
      const proposed = lexical.search(adjusted, wanted, mask);
      const scores = this.#generationScores(weighed, proposed.ids);
      const top = new TopK(k);
      for (let at = 0; at < scores.length; at++) top.offer(proposed.ids[at]!, scores[at]!);
      const all = proposed.ids.length < wanted;
      if (all || wanted === TOP_MAX || top.threshold > proposed.scores.at(-1)! * drift) return top.take();
    }
  }

  /** In doubles and in the query's order of terms, then rounded, as an index of both would have it. */
  #generationScores(weighed: readonly WeighedTerm[], ids: Uint32Array): Float32Array {
    const { lexical, statistics } = this.#parts;
    const normOf = statistics.norms();
    const norms = Float64Array.from(ids, (id) => normOf(lexical.lengthOf(id)));
    const sums = new Float64Array(ids.length);
    for (const { term, multiplier } of weighed) {
      const frequencies = lexical.frequencies(term, ids);
      for (let at = 0; at < ids.length; at++) {
        const tf = frequencies[at]!;
        if (tf > 0) sums[at]! += multiplier * (tf / (tf + norms[at]!));
      }
    }
    return Float32Array.from(sums);
  }
}
