/** The door: one query, one thread. */
import { type Clock, systemClock } from './clock.ts';
import type { EngineConfig } from './config.ts';
import { openEmbedder } from './dense/index.ts';
import { EngineError, type ErrorCode } from './errors.ts';
import { Generation, type SharedGeneration } from './generation.ts';
import { findModel, type ModelCard } from './models/index.ts';
import { modelText } from './passage-text.ts';
import { type Parts, runPipeline } from './pipeline.ts';
import { QueryEmbedder } from './query-embedder.ts';
import { openCrossEncoder, Reranker } from './rerank/index.ts';
import { openModelTokenizer } from './text/index.ts';
import type { SearchOutcome, SearchRequest } from './types.ts';

/** Whether a model takes part, and why not. */
export type ModelState =
  | { readonly state: 'ready'; readonly name: string }
  | { readonly state: 'off' }
  | { readonly state: 'unavailable'; readonly name: string; readonly code: ErrorCode; readonly detail: string };

export interface Engine {
  readonly models: { readonly embedder: ModelState; readonly reranker: ModelState };
  /** Never rejects: whatever happens is in the outcome. */
  search(request: SearchRequest): Promise<SearchOutcome>;
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly config: EngineConfig;
  readonly shared: SharedGeneration;
  /** Which scratch areas are this thread's, 0 … workersMax−1. */
  readonly slot: number;
  readonly clock?: Clock;
}

/** Opens a generation on this thread. A model that is missing or broken leaves an engine that serves without it. */
export async function openEngine({ config, shared, slot, clock = systemClock }: EngineOptions): Promise<Engine> {
  const generation = new Generation(shared, slot, config.retrieval);
  const embedder = await attempt(config.models.embedder, () => embedderFor(config, generation));
  const reranker = await attempt(config.models.reranker, () => rerankerFor(config, generation));
  const parts: Parts = {
    generation,
    embedder: embedder.part,
    reranker: reranker.part,
    settings: config.retrieval,
    clock,
  };
  return {
    models: { embedder: embedder.state, reranker: reranker.state },
    search: (request) => runPipeline(parts, request),
    close: async () => {
      await embedder.part?.close();
      await reranker.part?.close();
      generation.close();
    },
  };
}

async function embedderFor(config: EngineConfig, { manifest }: Generation): Promise<QueryEmbedder> {
  const { card, dir } = await modelOf(config, config.models.embedder, 'embed');
  const indexed = manifest.embedder;
  if (indexed === null || indexed.sha256 !== card.sha256[card.modelFile]) {
    throw new EngineError(
      'model_missing',
      `Cannot use ${card.name}: the index was built with ${indexed?.name ?? 'no embedder'}`,
      {
        file: dir,
        expected: indexed?.name ?? 'none',
        value: card.name,
        remedy: 'Build the index again, or set models.embedder to the model it was built with',
      },
    );
  }
  return new QueryEmbedder(
    await openEmbedder(card, dir),
    openModelTokenizer(dir, card),
    config.retrieval.embeddingCacheEntriesMax,
  );
}

async function rerankerFor(config: EngineConfig, generation: Generation): Promise<Reranker> {
  const { card, dir } = await modelOf(config, config.models.reranker, 'rerank');
  const tokenizer = openModelTokenizer(dir, card);
  const stored = generation.manifest.reranker?.tokenizerSha256 === card.sha256[card.tokenizerFile];
  return new Reranker({
    encoder: await openCrossEncoder(card, dir),
    tokenizer,
    passageTokens: stored
      ? (id) => generation.passageTokens(id)
      : (id) => tokenizer.encodeWithoutSpecials(modelText(generation.passageParts(id), tokenizer)),
    cacheEntriesMax: config.retrieval.rerank.cacheEntriesMax,
  });
}

async function modelOf<Task extends ModelCard['task']>(
  config: EngineConfig,
  name: string,
  task: Task,
): Promise<{ card: Extract<ModelCard, { task: Task }>; dir: string }> {
  const { card, dir } = await findModel(config.models.directory, name);
  if (card.task === task) return { card: card as Extract<ModelCard, { task: Task }>, dir };
  throw new EngineError(
    'model_missing',
    `Cannot use ${name}: expected a model that can ${task}, got one that can ${card.task}`,
    { file: dir, expected: task, value: card.task },
  );
}

async function attempt<Part extends { name: string }>(
  name: string,
  open: () => Promise<Part>,
): Promise<{ part: Part | null; state: ModelState }> {
  if (name === 'none') return { part: null, state: { state: 'off' } };
  try {
    const part = await open();
    return { part, state: { state: 'ready', name: part.name } };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { part: null, state: { state: 'unavailable', name, code: error.code, detail: error.message } };
  }
}

export type { SharedGeneration } from './generation.ts';
export { loadGeneration } from './load.ts';
