/** The pipeline over an index of real posts with the shipped models, every part of it within reach. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '../../engine/clock.ts';
import type { EngineConfig } from '../../engine/config.ts';
import type { Embedder } from '../../engine/dense/index.ts';
import { Generation } from '../../engine/generation.ts';
import { LivingIndex } from '../../engine/living-index.ts';
import { loadGeneration } from '../../engine/load.ts';
import { type RerankCard, readCard } from '../../engine/models/index.ts';
import { type Parts, runPipeline } from '../../engine/pipeline.ts';
import { QueryEmbedder } from '../../engine/query-embedder.ts';
import { type CrossEncoder, openCrossEncoder, Reranker } from '../../engine/rerank/index.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import { openModelTokenizer } from '../../engine/text/index.ts';
import type { SearchRequest, SearchResult } from '../../engine/types.ts';
import { build, configFor, openShippedEmbedder } from './build/sample-build.ts';
import { shippedModels } from './models/support.ts';

export const RERANK_DEPTH = 6;
/** The first post of the sample site answers it. */
export const QUERY = 'why does the page cache serve the wrong page';

export const ask = (query: string, changes: Partial<SearchRequest> = {}): SearchRequest => ({
  query,
  mode: 'hybrid',
  rerank: false,
  topk: 10,
  offset: 0,
  filters: { category: [], tag: [], author: [], type: [], language: [], dateFromMs: null, dateToMs: null },
  facets: [],
  minScore: null,
  collapse: 'post',
  fusion: 'standardised',
  diversify: false,
  explain: false,
  candidatesMax: null,
  rerankDepthMax: null,
  variants: [],
  deadlineAtMs: null,
  ...changes,
});

export interface OpenParts extends Parts {
  readonly config: EngineConfig;
  readonly models: { readonly embedder: Embedder; readonly encoder: CrossEncoder };
  /** Parts made of other models, such as failing ones. */
  embedderOf(model: Embedder): QueryEmbedder;
  rerankerOf(model: CrossEncoder, cacheEntriesMax?: number): Reranker;
  close(): Promise<void>;
}

export async function openParts(folder: string, posts: readonly SourcePost[]): Promise<OpenParts> {
  const config = configFor(folder, { retrieval: { rerank: { depth: RERANK_DEPTH } } });
  const embedder = await openShippedEmbedder();
  await build({ config, posts, embedder });
  const index = new LivingIndex(new Generation(await loadGeneration(config, 1), 0));
  const dir = join(shippedModels, 'wp-chat-rerank-en');
  const card = (await readCard(dir)) as RerankCard;
  const encoder = await openCrossEncoder(card, dir);
  const tokenizer = openModelTokenizer(dir, card);
  const embedderOf = (model: Embedder): QueryEmbedder =>
    new QueryEmbedder(model, openModelTokenizer(join(shippedModels, 'all-minilm-l6-v2'), embedder.card), 100);
  const rerankerOf = (model: CrossEncoder, cacheEntriesMax = 1000): Reranker =>
    new Reranker({
      encoder: model,
      tokenizer,
      passageTokens: (id) => index.collection.passageTokens(id),
      cacheEntriesMax,
    });
  return {
    config,
    index,
    embedder: embedderOf(embedder),
    reranker: rerankerOf(encoder),
    settings: config.retrieval,
    clock: systemClock,
    models: { embedder, encoder },
    embedderOf,
    rerankerOf,
    close: async () => {
      index.generation.close();
      await embedder.close();
      await encoder.close();
    },
  };
}

/** The answer; anything else fails the test. */
export async function search(parts: Parts, request: SearchRequest): Promise<SearchResult> {
  const outcome = await runPipeline(parts, request);
  return outcome.kind === 'ok' ? outcome.result : expect.unreachable(JSON.stringify(outcome));
}

export const idsOf = ({ hits }: SearchResult): string[] => hits.map(({ id }) => id);
