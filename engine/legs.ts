/**
 * The two first-stage legs, and what each says of the passages that only the other one found.
 */
import type { Scored } from './fuse.ts';
import type { QueryTerm } from './lexical/index.ts';
import type { Candidates, DocId } from './types.ts';

/** The first `max` terms of a query, each with its number of occurrences as weight. */
export function countTerms(terms: readonly string[], max: number): QueryTerm[] {
  const counts = new Map<string, number>();
  for (const term of terms.slice(0, max)) counts.set(term, (counts.get(term) ?? 0) + 1);
  return Array.from(counts, ([term, weight]) => ({ term, weight }));
}

interface LexicalLeg {
  readonly list: Candidates;
  readonly index: { score(terms: readonly QueryTerm[], ids: Uint32Array): Float32Array };
  readonly terms: readonly QueryTerm[];
}

interface DenseLeg {
  readonly list: Candidates;
  readonly vectors: { score(vector: Float32Array, ids: Uint32Array): Float32Array };
  readonly vector: Float32Array;
}

/** Both lists as one, each passage with its exact score in either leg; NaN of the vectors means it has none. */
export function joinLegs(lexical: LexicalLeg | null, dense: DenseLeg | null): Scored[] {
  if (lexical === null || dense === null) return aloneLeg(lexical, dense);
  const bm25Rank = rankOf(lexical.list);
  const denseRank = rankOf(dense.list);
  const ids = Uint32Array.from(new Set([...lexical.list.ids, ...dense.list.ids]));
  const bm25 = lexical.index.score(lexical.terms, ids);
  const cosine = dense.vectors.score(dense.vector, ids);
  return Array.from(ids, (id, at) => ({
    id,
    bm25: bm25[at]!,
    dense: Number.isNaN(cosine[at]!) ? null : cosine[at]!,
    bm25Rank: bm25Rank.get(id) ?? null,
    denseRank: denseRank.get(id) ?? null,
  }));
}

function aloneLeg(lexical: LexicalLeg | null, dense: DenseLeg | null): Scored[] {
  const { ids, scores } = (lexical ?? dense)!.list;
  return Array.from(ids, (id, at) => ({
    id,
    bm25: lexical === null ? null : scores[at]!,
    dense: lexical === null ? scores[at]! : null,
    bm25Rank: lexical === null ? null : at + 1,
    denseRank: lexical === null ? at + 1 : null,
  }));
}

function rankOf({ ids }: Candidates): Map<DocId, number> {
  const ranks = new Map<DocId, number>();
  for (let at = 0; at < ids.length; at++) ranks.set(ids[at]!, at + 1);
  return ranks;
}
