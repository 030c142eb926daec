/** What a query is asked over: a generation as it was built, or together with what changed since. */
import type { Delta } from './delta/index.ts';
import { countFacets } from './facets.ts';
import type { Generation } from './generation.ts';

/** What both can be asked; each says of it what an index would that was built from what lives. */
export type Collection = Pick<
  Delta,
  | 'hasVectors'
  | 'searchLexical'
  | 'searchDense'
  | 'scoreLexical'
  | 'scoreDense'
  | 'explain'
  | 'weights'
  | 'likeness'
  | 'postOf'
  | 'placeOf'
  | 'reading'
  | 'passageTokens'
  | 'countFacets'
>;

/** A generation that nothing has changed. */
export function untouched(generation: Generation): Collection {
  const { columns, filter, lexical, vectors } = generation;
  return {
    hasVectors: vectors !== null,
    searchLexical: (terms, k, filters) => lexical.search(terms, k, filter.mask(filters)),
    searchDense: (vector, k, filters) => vectors!.search(vector, k, filter.mask(filters)),
    scoreLexical: (terms, ids) => lexical.score(terms, ids),
    scoreDense: (vector, ids) => vectors!.score(vector, ids),
    explain: (terms, id) => lexical.explain(terms, id),
    weights: (terms) => lexical.weights(terms),
    likeness: (a, b) => generation.likeness(a, b),
    postOf: (id) => columns.postOf[id]!,
    placeOf: (id) => id - columns.firstPassage[columns.postOf[id]!]!,
    reading: (id) => generation.reading(id),
    passageTokens: (id) => generation.passageTokens(id),
    countFacets: (posts, fields) => countFacets(columns, posts, fields),
  };
}
