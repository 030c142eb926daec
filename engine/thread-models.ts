/** Which models does this thread have, and can they be used with that index? They are opened once, however many indexes come. */
import type { EngineConfig } from './config.ts';
import { openEmbedder } from './dense/index.ts';
import { EngineError, type ErrorCode } from './errors.ts';
import type { LivingIndex } from './living-index.ts';
import { findModel, type ModelCard } from './models/index.ts';
import { modelText } from './passage-text.ts';
import { QueryEmbedder } from './query-embedder.ts';
import { type CrossEncoder, openCrossEncoder, Reranker } from './rerank/index.ts';
import type { Manifest } from './store/index.ts';
import { type ModelTokenizer, openModelTokenizer } from './text/index.ts';

/** Whether a model takes part, and why not. */
export type ModelState =
  | { readonly state: 'ready'; readonly name: string }
  | { readonly state: 'off' }
  | { readonly state: 'unavailable'; readonly name: string; readonly code: ErrorCode; readonly detail: string };

/** A model as one index may use it. */
export interface Taken<Part> {
  readonly part: Part | null;
  readonly state: ModelState;
}

interface EmbedderOfThread {
  readonly sha256: string;
  readonly embedder: QueryEmbedder;
}

interface RerankerOfThread {
  readonly tokenizerSha256: string;
  readonly encoder: CrossEncoder;
  readonly tokenizer: ModelTokenizer;
}

export class ThreadModels {
  readonly #config: EngineConfig;
  #embedder: EmbedderOfThread | null = null;
  #reranker: RerankerOfThread | null = null;

  constructor(config: EngineConfig) {
    this.#config = config;
  }

  /** What it remembers of queries holds for every index that was built with the same model. */
  embedderFor({ embedder: indexed }: Manifest): Promise<Taken<QueryEmbedder>> {
    return attempt(this.#config.models.embedder, async () => {
      if (this.#embedder === null || this.#embedder.sha256 !== indexed?.sha256) await this.#openEmbedder(indexed);
      return this.#embedder!.embedder;
    });
  }

  /** What it remembers is of this index alone: scores are known by the numbers of passages. */
  rerankerFor(index: LivingIndex): Promise<Taken<Reranker>> {
    return attempt(this.#config.models.reranker, async () => {
      this.#reranker ??= await this.#openReranker();
      const { tokenizerSha256, encoder, tokenizer } = this.#reranker;
      const stored = index.generation.manifest.reranker?.tokenizerSha256 === tokenizerSha256;
      return new Reranker({
        encoder,
        tokenizer,
        passageTokens: stored
          ? (id) => index.collection.passageTokens(id)
          : (id) => {
              const { post, passage } = index.collection.reading(id);
              return tokenizer.encodeWithoutSpecials(modelText({ ...passage, title: post.title }, tokenizer));
            },
        cacheEntriesMax: this.#config.retrieval.rerank.cacheEntriesMax,
      });
    });
  }

  async close(): Promise<void> {
    await this.#embedder?.embedder.close();
    await this.#reranker?.encoder.close();
    this.#embedder = null;
    this.#reranker = null;
  }

  /** @throws EngineError model_missing where the index was built with another one than is installed, or than is open */
  async #openEmbedder(indexed: Manifest['embedder']): Promise<void> {
    const { card, dir } = await modelOf(this.#config, this.#config.models.embedder, 'embed');
    const sha256 = card.sha256[card.modelFile]!;
    if (indexed === null || indexed.sha256 !== sha256) {
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
    if (this.#embedder !== null) {
      throw new EngineError('model_missing', `Cannot use ${card.name}: it was exchanged since it was opened`, {
        file: dir,
        remedy: 'Start the server again',
      });
    }
    const embedder = new QueryEmbedder(
      await openEmbedder(card, dir),
      openModelTokenizer(dir, card),
      this.#config.retrieval.embeddingCacheEntriesMax,
    );
    this.#embedder = { sha256, embedder };
  }

  async #openReranker(): Promise<RerankerOfThread> {
    const { card, dir } = await modelOf(this.#config, this.#config.models.reranker, 'rerank');
    const tokenizer = openModelTokenizer(dir, card);
    return { tokenizerSha256: card.sha256[card.tokenizerFile]!, encoder: await openCrossEncoder(card, dir), tokenizer };
  }
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

async function attempt<Part extends { name: string }>(name: string, open: () => Promise<Part>): Promise<Taken<Part>> {
  if (name === 'none') return { part: null, state: { state: 'off' } };
  try {
    const part = await open();
    return { part, state: { state: 'ready', name: part.name } };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { part: null, state: { state: 'unavailable', name, code: error.code, detail: error.message } };
  }
}
