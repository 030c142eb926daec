/** The query's vector, remembered: the same words ask the model once a worker. */
import { LRUCache } from 'lru-cache';
import type { Embedder } from './dense/index.ts';
import { speaks } from './models/index.ts';
import type { ModelTokenizer } from './text/index.ts';

export class QueryEmbedder {
  readonly #embedder: Embedder;
  readonly #tokenizer: ModelTokenizer;
  readonly #cache: LRUCache<string, Float32Array> | null;

  constructor(embedder: Embedder, tokenizer: ModelTokenizer, cacheEntriesMax: number) {
    this.#embedder = embedder;
    this.#tokenizer = tokenizer;
    this.#cache = cacheEntriesMax === 0 ? null : new LRUCache({ max: cacheEntriesMax });
  }

  get name(): string {
    return this.#embedder.card.name;
  }

  speaks(language: string): boolean {
    return speaks(this.#embedder.card, language);
  }

  /** @throws EngineError model_failed */
  async embed(query: string): Promise<Float32Array> {
    const known = this.#cache?.get(query);
    if (known !== undefined) return known;
    const { card } = this.#embedder;
    const vector = await this.#embedder.embed(this.#tokenizer.encode(card.prefixes.query + query, card.tokensMax));
    this.#cache?.set(query, vector);
    return vector;
  }

  close(): Promise<void> {
    return this.#embedder.close();
  }
}
