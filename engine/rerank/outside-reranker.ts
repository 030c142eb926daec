/**
 * A reranker whose model is not in this thread: it says which pairs are to be scored, and goes on once their scores are there.
 *
 * A pair is known by a digest of what the model reads, and not by the numbers of passages: those of changed documents differ from
 * thread to thread, and who goes on with a query need not be who began it.
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { EngineError } from '../errors.ts';
import { type RerankCard, speaks } from '../models/index.ts';
import type { EncodedPair, ModelTokenizer } from '../text/index.ts';
import type { DocId, OutsideScores, PairToScore } from '../types.ts';

export interface OutsideParts {
  readonly card: RerankCard;
  readonly tokenizer: ModelTokenizer;
  /** Tokens of a passage, without special tokens. */
  readonly passageTokens: (id: DocId) => Int32Array;
  /** Scores remembered; 0 remembers none. */
  readonly cacheEntriesMax: number;
}

/** Logits of the first passages in order, or what has to be scored before there are any. */
export type OutsideAnswer =
  | { readonly logits: number[] }
  | { readonly known: ReadonlyMap<string, number>; readonly pairs: readonly PairToScore[] };

interface Scored {
  readonly key: string;
  readonly logit: number;
}

export class OutsideReranker {
  readonly #parts: OutsideParts;
  readonly #cache: LRUCache<string, Scored> | null;

  constructor(parts: OutsideParts) {
    this.#parts = parts;
    this.#cache = parts.cacheEntriesMax === 0 ? null : new LRUCache({ max: parts.cacheEntriesMax });
  }

  get name(): string {
    return this.#parts.card.name;
  }

  speaks(language: string): boolean {
    return speaks(this.#parts.card, language);
  }

  /** Weight of the cross-encoder in the blend with a first stage of this kind. */
  weightOver(firstStage: 'fusion' | 'bm25'): number {
    const { card } = this.#parts;
    return firstStage === 'fusion' ? card.weightOverFusion : card.weightOverBm25;
  }

  /**
   * @param scores what came of the pairs that were asked for; null before any were
   * @throws EngineError model_failed where nothing came of them
   */
  score(query: string, ids: readonly DocId[], scores: OutsideScores | null): OutsideAnswer {
    const { tokenizer, passageTokens } = this.#parts;
    const given = scores?.model === this.name ? scores : null;
    if (given !== null && given.failed !== null) throw new EngineError('model_failed', given.failed);
    const queryTokens = tokenizer.encodeWithoutSpecials(query);
    const logits: number[] = [];
    const known = new Map<string, number>();
    const pairs: PairToScore[] = [];
    for (const id of ids) {
      const name = `${id} ${query}`;
      let scored = this.#cache?.get(name);
      if (scored === undefined) {
        const pair = tokenizer.pair(queryTokens, passageTokens(id));
        const key = digestOf(pair);
        const logit = given?.logits.get(key);
        if (logit === null) break;
        if (logit === undefined) {
          pairs.push({ key, ...pair });
          continue;
        }
        scored = { key, logit };
        this.#cache?.set(name, scored);
      }
      known.set(scored.key, scored.logit);
      logits.push(scored.logit);
    }
    return pairs.length === 0 ? { logits } : { known, pairs };
  }
}

function digestOf({ ids, typeIds }: EncodedPair): string {
  const hash = createHash('sha1');
  for (const { buffer, byteOffset, byteLength } of [ids, typeIds])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('base64url');
}
