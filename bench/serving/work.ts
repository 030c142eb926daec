/** What the models read when the sample queries are answered: the tokens of each query, and of each pair. */
import type { EngineConfig } from '../../engine/config.ts';
import { Generation } from '../../engine/generation.ts';
import type { SharedGeneration } from '../../engine/index.ts';
import { findModel } from '../../engine/models/index.ts';
import { openModelTokenizer } from '../../engine/text/index.ts';
import type { ModelTokens } from '../limits/index.ts';
import type { Answer } from './answers.ts';

export interface ModelWork {
  /** One a query. */
  readonly queries: readonly ModelTokens[];
  /** By query, in the order of its hits. */
  readonly pairs: readonly (readonly ModelTokens[])[];
}

/** @param reranked answers that hold every hit which the cross-encoder scored, one a query */
export async function modelWorkOf(
  { models }: EngineConfig,
  shared: SharedGeneration,
  reranked: readonly Answer[],
): Promise<ModelWork> {
  const embedder = await findModel(models.directory, models.embedder);
  const reranker = await findModel(models.directory, models.reranker);
  if (embedder.card.task !== 'embed') throw new Error(`Not an embedder: ${models.embedder}`);
  const { prefixes } = embedder.card;
  const tokenizer = openModelTokenizer(embedder.dir, embedder.card);
  const pairTokenizer = openModelTokenizer(reranker.dir, reranker.card);
  const generation = new Generation(shared, 0);
  try {
    const idOf = passageIds(generation);
    return {
      queries: reranked.map(({ result }) => ({ ids: tokenizer.encode(prefixes.query + result.query), typeIds: null })),
      pairs: reranked.map(({ result: { query, hits } }) => {
        const tokens = pairTokenizer.encodeWithoutSpecials(query);
        return hits
          .filter(({ scores }) => scores.rerank !== null)
          .map((hit) => pairTokenizer.pair(tokens, generation.passageTokens(idOf(hit))));
      }),
    };
  } finally {
    generation.close();
  }
}

/** A hit's id names its post and the passage's place in it. */
function passageIds(generation: Generation): (hit: { readonly id: string; readonly postId: string }) => number {
  const { columns } = generation;
  const first = new Map<string, number>();
  for (let post = 0; post < columns.posts; post++) first.set(generation.post(post).id, columns.firstPassage[post]!);
  return ({ id, postId }) => first.get(postId)! + Number(id.slice(postId.length + 1));
}
