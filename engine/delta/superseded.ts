/**
 * What of the generation no longer counts, because its post was deleted or written anew: which passages, and what they took
 * part in.
 *
 * Engines with segments usually leave the dead in their statistics until a merge, so scores drift with deletions and jump with
 * merges. Here they are taken out at once: the dead posts are read and analysed when they die, so that their terms are known.
 */
import type { Lexical } from '../lexical/index.ts';
import type { DocId } from '../types.ts';

export class Superseded {
  readonly #lexical: Lexical;
  /** One bit a passage of the generation, least significant first: 1 lives. */
  readonly #living: Uint8Array;
  readonly #masked: Uint8Array;
  readonly #df = new Map<string, number>();
  /** Dead passages. */
  documents = 0;
  /** Terms of the dead passages, as often as they occur. */
  tokens = 0;

  constructor(lexical: Lexical) {
    this.#lexical = lexical;
    this.#living = new Uint8Array(Math.ceil(lexical.documents / 8)).fill(255);
    this.#masked = new Uint8Array(this.#living.length);
  }

  lives(id: DocId): boolean {
    return (this.#living[id >> 3]! & (1 << (id & 7))) !== 0;
  }

  /** @param terms of the passage, as the generation was built from them */
  bury(id: DocId, terms: Iterable<string>): void {
    if (!this.lives(id)) return;
    this.#living[id >> 3]! &= ~(1 << (id & 7));
    this.documents += 1;
    this.tokens += this.#lexical.lengthOf(id);
    for (const term of new Set(terms)) this.#df.set(term, (this.#df.get(term) ?? 0) + 1);
  }

  /** Dead passages that hold the term. */
  documentFrequency(term: string): number {
    return this.#df.get(term) ?? 0;
  }

  /** The living of those that a filter allows; null allows all. The mask is valid until the next call. */
  mask(allowed: Uint8Array | null): Uint8Array | null {
    if (this.documents === 0) return allowed;
    if (allowed === null) return this.#living;
    for (let at = 0; at < allowed.length; at++) this.#masked[at] = allowed[at]! & this.#living[at]!;
    return this.#masked;
  }
}
