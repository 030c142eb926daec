/** Here are a query and passages: how well does each answer it? */
import { LRUCache } from 'lru-cache';
import { speaks } from '../models/index.ts';
import type { ModelTokenizer } from '../text/index.ts';
import type { DocId } from '../types.ts';
import type { CrossEncoder } from './cross-encoder.ts';

export interface RerankerParts {
  readonly encoder: CrossEncoder;
  readonly tokenizer: ModelTokenizer;
  /** Stored tokens of a passage, without special tokens. */
  readonly passageTokens: (id: DocId) => Int32Array;
  /** Scores remembered; 0 remembers none. */
  readonly cacheEntriesMax: number;
}

export class Reranker {
  readonly #parts: RerankerParts;
  readonly #cache: LRUCache<string, number> | null;

  constructor(parts: RerankerParts) {
    this.#parts = parts;
    this.#cache = parts.cacheEntriesMax === 0 ? null : new LRUCache({ max: parts.cacheEntriesMax });
  }

  get name(): string {
    return this.#parts.encoder.card.name;
  }

  speaks(language: string): boolean {
    return speaks(this.#parts.encoder.card, language);
  }

  /** Weight of the cross-encoder in the blend with a first stage of this kind. */
  weightOver(firstStage: 'fusion' | 'bm25'): number {
    const { card } = this.#parts.encoder;
    return firstStage === 'fusion' ? card.weightOverFusion : card.weightOverBm25;
  }

  /**
   * Logits of the passages in order, until `expired` says that time is up: the answer may be shorter than `ids`.
   * The model runs one pair at a time at its exact length, so a score depends on nothing but the pair.
   *
   * @throws EngineError model_failed
   */
  async score(query: string, ids: readonly DocId[], expired: () => boolean): Promise<number[]> {
    const { encoder, tokenizer, passageTokens } = this.#parts;
    const queryTokens = tokenizer.encodeWithoutSpecials(query);
    const logits: number[] = [];
    for (const id of ids) {
      const key = `${id} ${query}`;
      let logit = this.#cache?.get(key);
      if (logit === undefined) {
        if (expired()) break;
        const pair = tokenizer.pair(queryTokens, passageTokens(id));
        logit = await encoder.score(pair.ids, pair.typeIds);
        this.#cache?.set(key, logit);
      }
      logits.push(logit);
    }
    return logits;
  }
}
