/** Keeps the embedding workers busy while posts are read, and remembers what they answer. */
import { type VectorCache, vectorKey } from './vector-cache.ts';

/** Embeds texts given as token ids; one vector a text, in order. */
export type EmbedTexts = (texts: readonly Int32Array[]) => Promise<readonly Float32Array[]>;

export interface EmbeddingSettings {
  readonly embed: EmbedTexts;
  readonly cache: VectorCache;
  /** Texts handed to a worker at once. */
  readonly batchTexts: number;
  /** Batches under way at once. */
  readonly batchesMax: number;
  readonly onEmbedded: (texts: number) => void;
}

/** Batches between two fsyncs of the cache: what a crash may cost. */
const SYNC_BATCHES = 16;

export class Embedding {
  readonly #settings: EmbeddingSettings;
  readonly #underWay = new Set<Promise<void>>();
  #batch: { key: string; ids: Int32Array }[] = [];
  readonly #queued = new Set<string>();
  #batches = 0;
  #failure: unknown = null;

  constructor(settings: EmbeddingSettings) {
    this.#settings = settings;
  }

  /** The key under which the vector will be in the cache once {@link finish} has resolved; waits while workers are full. */
  async add(ids: Int32Array): Promise<string> {
    const key = vectorKey(ids);
    if (this.#settings.cache.has(key) || this.#queued.has(key)) return key;
    this.#queued.add(key);
    this.#batch.push({ key, ids });
    if (this.#batch.length >= this.#settings.batchTexts) await this.#send();
    return key;
  }

  async finish(): Promise<void> {
    await this.#send();
    await this.settle();
    this.#rethrow();
  }

  /**
   * Waits for what is under way and makes it durable, whatever became of it. Nothing may close the cache before: a late
   * answer would be written to a descriptor that is another file's by then.
   */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#settings.cache.sync();
  }

  async #send(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    if (batch.length > 0) {
      const task = this.#run(batch).finally(() => this.#underWay.delete(task));
      this.#underWay.add(task);
    }
    while (this.#underWay.size >= this.#settings.batchesMax) await Promise.race(this.#underWay);
    this.#rethrow();
  }

  async #run(batch: readonly { key: string; ids: Int32Array }[]): Promise<void> {
    const { embed, cache, onEmbedded } = this.#settings;
    try {
      const vectors = await embed(batch.map(({ ids }) => ids));
      batch.forEach(({ key }, at) => {
        cache.put(key, vectors[at]!);
        this.#queued.delete(key);
      });
      this.#batches += 1;
      if (this.#batches % SYNC_BATCHES === 0) cache.sync();
      onEmbedded(batch.length);
    } catch (error) {
      this.#failure = error;
    }
  }

  #rethrow(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}
