/** Which models does this thread have, and can they be used with that index? They are opened once, however many indexes come. */
import type { EngineConfig } from './config.ts';
import { openEmbedder } from './dense/index.ts';
import { EngineError, type ErrorCode } from './errors.ts';
import type { LivingIndex } from './living-index.ts';
import { type EmbedCard, findModel, type ModelCard, type RerankCard } from './models/index.ts';
import { modelText } from './passage-text.ts';
import { QueryEmbedder } from './query-embedder.ts';
import { type CrossEncoder, type OutsideParts, OutsideReranker, openCrossEncoder, Reranker } from './rerank/index.ts';
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
  readonly encoder: CrossEncoder;
  readonly tokenizer: ModelTokenizer;
}

/** What this thread has of a model that runs elsewhere. */
export interface OutsideModel {
  readonly card: RerankCard;
  readonly tokenizer: ModelTokenizer;
}

export class ThreadModels {
  readonly #config: EngineConfig;
  #embedder: EmbedderOfThread | null = null;
  /** Of arms, by the checksums of their models. */
  readonly #others = new Map<string, QueryEmbedder>();
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

  /** The one that an index was built with, whatever is configured: that of an arm. It stays until {@link keepEmbedders}. */
  embedderOf({ embedder: indexed }: Manifest): Promise<Taken<QueryEmbedder>> {
    return attempt(indexed?.name ?? 'none', async () => {
      const sha256 = indexed!.sha256;
      if (this.#embedder?.sha256 === sha256) return this.#embedder.embedder;
      const known = this.#others.get(sha256);
      if (known !== undefined) return known;
      const { card, dir } = await modelOf(this.#config, indexed!.name, 'embed');
      requireSame(indexed, card, dir, `Install the ${card.name} that the index was built with`);
      const embedder = await this.#newEmbedder(card, dir);
      this.#others.set(sha256, embedder);
      return embedder;
    });
  }

  /** Closes embedders of arms that none of these indexes was built with. */
  async keepEmbedders(manifests: readonly Manifest[]): Promise<void> {
    const needed = new Set(manifests.map(({ embedder }) => embedder?.sha256));
    for (const [sha256, embedder] of this.#others) {
      if (needed.has(sha256)) continue;
      this.#others.delete(sha256);
      await embedder.close();
    }
  }

  /** What it remembers is of this index alone: scores are known by the numbers of passages. */
  rerankerFor(index: LivingIndex): Promise<Taken<Reranker>> {
    return attempt(this.#config.models.reranker, async () => {
      this.#reranker ??= await this.#openReranker();
      const { encoder, tokenizer } = this.#reranker;
      return new Reranker({ encoder, ...this.#readingOf(index, { card: encoder.card, tokenizer }) });
    });
  }

  /** Opens what a thread needs of rerankers that run elsewhere. One that cannot be opened is not among them. */
  async outsideModels(names: readonly string[]): Promise<Map<string, OutsideModel>> {
    const models = new Map<string, OutsideModel>();
    for (const name of names) {
      const { part } = await attempt(name, async () => {
        const { card, dir } = await modelOf(this.#config, name, 'rerank');
        return { name, card, tokenizer: openModelTokenizer(dir, card) };
      });
      if (part !== null) models.set(name, part);
    }
    return models;
  }

  /** As {@link rerankerFor}. */
  outsideRerankerFor(index: LivingIndex, model: OutsideModel): OutsideReranker {
    return new OutsideReranker({ card: model.card, ...this.#readingOf(index, model) });
  }

  async close(): Promise<void> {
    await this.#embedder?.embedder.close();
    await this.keepEmbedders([]);
    await this.#reranker?.encoder.close();
    this.#embedder = null;
    this.#reranker = null;
  }

  /** @throws EngineError model_missing where the index was built with another one than is installed, or than is open */
  async #openEmbedder(indexed: Manifest['embedder']): Promise<void> {
    const { card, dir } = await modelOf(this.#config, this.#config.models.embedder, 'embed');
    requireSame(indexed, card, dir, 'Build the index again, or set models.embedder to the model it was built with');
    if (this.#embedder !== null) {
      throw new EngineError('model_missing', `Cannot use ${card.name}: it was exchanged since it was opened`, {
        file: dir,
        remedy: 'Start the server again',
      });
    }
    this.#embedder = { sha256: card.sha256[card.modelFile]!, embedder: await this.#newEmbedder(card, dir) };
  }

  async #newEmbedder(card: EmbedCard, dir: string): Promise<QueryEmbedder> {
    const { embeddingCacheEntriesMax } = this.#config.retrieval;
    return new QueryEmbedder(await openEmbedder(card, dir), openModelTokenizer(dir, card), embeddingCacheEntriesMax);
  }

  async #openReranker(): Promise<RerankerOfThread> {
    const { card, dir } = await modelOf(this.#config, this.#config.models.reranker, 'rerank');
    return { encoder: await openCrossEncoder(card, dir), tokenizer: openModelTokenizer(dir, card) };
  }

  /** How a reranker reads passages of an index. */
  #readingOf(index: LivingIndex, { card, tokenizer }: OutsideModel): Omit<OutsideParts, 'card'> {
    const stored = index.generation.manifest.reranker?.tokenizerSha256 === card.sha256[card.tokenizerFile];
    return {
      tokenizer,
      passageTokens: stored
        ? (id) => index.collection.passageTokens(id)
        : (id) => {
            const { post, passage } = index.collection.reading(id);
            return tokenizer.encodeWithoutSpecials(modelText({ ...passage, title: post.title }, tokenizer));
          },
      cacheEntriesMax: this.#config.retrieval.rerank.cacheEntriesMax,
    };
  }
}

/** @throws EngineError model_missing where an index was built with another model */
function requireSame(indexed: Manifest['embedder'], card: EmbedCard, dir: string, remedy: string): void {
  if (indexed?.sha256 === card.sha256[card.modelFile]) return;
  throw new EngineError(
    'model_missing',
    `Cannot use ${card.name}: the index was built with ${indexed?.name ?? 'no embedder'}`,
    { file: dir, expected: indexed?.name ?? 'none', value: card.name, remedy },
  );
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
