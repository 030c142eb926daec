/** Has exactly this been asked before? From the bytes of a GET to its place in the cache, without reading them. */
import { LRUCache } from 'lru-cache';
import type { Kept } from './tiny-lfu.ts';

/** Beside the characters: of the entry and its place in two tables. */
const ENTRY_BYTES = 200;
const CHAR_BYTES = 2;
/** Longer ones are read each time. */
const ADDRESS_CHARS_MAX = 2048;

export class Front<Value> {
  readonly #known: LRUCache<string, Kept<Value>>;

  /** Many addresses may lead to one answer. */
  constructor({ entriesMax, bytesMax }: { entriesMax: number; bytesMax: number }) {
    this.#known = new LRUCache({
      max: entriesMax,
      maxSize: bytesMax,
      sizeCalculation: (_, address) => ENTRY_BYTES + CHAR_BYTES * address.length,
    });
  }

  get bytes(): number {
    return this.#known.calculatedSize;
  }

  /** Its place, unless it has left the cache. */
  find(address: string): Kept<Value> | null {
    if (address.length > ADDRESS_CHARS_MAX) return null;
    const kept = this.#known.get(address);
    if (kept === undefined) return null;
    if (kept.value !== null) return kept;
    this.#known.delete(address);
    return null;
  }

  lead(address: string, kept: Kept<Value>): void {
    if (address.length <= ADDRESS_CHARS_MAX) this.#known.set(address, kept);
  }

  clear(): void {
    this.#known.clear();
  }
}
