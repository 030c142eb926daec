/** A page of the ranking with its words. */
import type { Collection } from './collection.ts';
import type { RetrievalConfig } from './config.ts';
import type { Fused } from './fuse.ts';
import type { QueryTerm } from './lexical/index.ts';
import type { Reranked } from './rerank/index.ts';
import { snippetOf, tellingTerms } from './snippet.ts';
import type { Hit, HitExplanation, SearchRequest } from './types.ts';

export interface HitsInput {
  readonly collection: Collection;
  readonly terms: readonly QueryTerm[];
  readonly settings: RetrievalConfig;
  readonly request: SearchRequest;
  readonly page: readonly Reranked<Fused>[];
  /** 1-based rank of the first of the page. */
  readonly firstRank: number;
}

export function hitsOf(input: HitsInput): Hit[] {
  const { collection, terms, settings, page, firstRank, request } = input;
  const weights = tellingTerms(collection.weights(terms));
  return page.map((entry, at): Hit => {
    const { item, score, rerank } = entry;
    const { post, passage, text, spans } = collection.reading(item.id);
    const snippet = snippetOf(text, { spans: () => spans }, { charsMax: settings.snippetCharsMax, weights });
    return {
      rank: firstRank + at,
      id: `${post.id}#${collection.placeOf(item.id)}`,
      postId: post.id,
      title: post.title,
      url: post.url,
      date: post.dateMs === null ? null : new Date(post.dateMs).toISOString(),
      author: post.author,
      categories: post.categories,
      tags: post.tags,
      type: post.type,
      snippet,
      score,
      scores: { bm25: item.bm25, dense: item.dense, fused: item.score, rerank },
      ...(request.explain ? { explain: explain(input, entry, firstRank + at, passage.headingPath) } : {}),
    };
  });
}

function explain(
  { collection, terms }: HitsInput,
  entry: Reranked<Fused>,
  rank: number,
  headingPath: readonly string[],
): HitExplanation {
  const { item } = entry;
  return {
    ranks: {
      bm25: item.bm25Rank,
      dense: item.denseRank,
      fused: item.rank,
      rerank: entry.rerank === null ? null : rank,
    },
    terms: collection.explain(terms, item.id),
    standardised: { bm25: item.bm25Z, dense: item.denseZ, firstStage: entry.firstStageZ, rerank: entry.rerankZ },
    passageTokens: collection.passageTokens(item.id).length,
    headingPath,
  };
}
