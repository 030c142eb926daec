/**
 * How often was something asked for lately?
 *
 * A count-min sketch (Cormode and Muthukrishnan 2005) of four rows behind a doorkeeper, a Bloom filter that takes what was
 * seen once, so that the many things that never come again do not crowd the counters. After a sample of ten accesses an entry all
 * counts are halved and the doorkeeper is emptied: what was popular yesterday fades (Einziger, Friedman and Manes 2017, TinyLFU).
 */
import { mix } from './text-hash.ts';

const ROWS = 4;
/** Counts end here: beyond it, more does not matter to who stays. */
const COUNT_MAX = 15;
const SAMPLE_PER_ENTRY = 10;
const COUNTERS_PER_ENTRY = 4;
const DOORKEEPER_BITS_PER_ENTRY = 32;
const WIDTH_MIN = 64;

const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(Math.max(WIDTH_MIN, least)));

export class FrequencySketch {
  /** Accesses between two halvings. */
  readonly sample: number;
  readonly #counts: Uint8Array;
  readonly #width: number;
  readonly #doorkeeper: Uint32Array;
  readonly #bits: number;
  #accesses = 0;

  /** @param entries that the cache may hold */
  constructor(entries: number) {
    this.sample = SAMPLE_PER_ENTRY * entries;
    this.#width = powerOfTwo(COUNTERS_PER_ENTRY * entries);
    this.#counts = new Uint8Array(ROWS * this.#width);
    this.#bits = powerOfTwo(DOORKEEPER_BITS_PER_ENTRY * entries);
    this.#doorkeeper = new Uint32Array(this.#bits / 32);
  }

  /** Counts an access to what has this hash of 32 bits. */
  add(hash: number): void {
    if (this.#admit(hash)) {
      const least = this.#counted(hash);
      // Only the smallest counters rise (conservative update): those above are somebody else's.
      if (least < COUNT_MAX)
        for (let row = 0; row < ROWS; row++) {
          const at = this.#counterAt(hash, row);
          if (this.#counts[at] === least) this.#counts[at] = least + 1;
        }
    }
    this.#accesses += 1;
    if (this.#accesses >= this.sample) this.#age();
  }

  /** 0 … 16; never below the true count since the last halving, as far as it reaches. */
  estimate(hash: number): number {
    return this.#counted(hash) + (this.#knows(hash) ? 1 : 0);
  }

  clear(): void {
    this.#counts.fill(0);
    this.#doorkeeper.fill(0);
    this.#accesses = 0;
  }

  #age(): void {
    for (let at = 0; at < this.#counts.length; at++) this.#counts[at]! >>>= 1;
    this.#doorkeeper.fill(0);
    this.#accesses = Math.floor(this.#accesses / 2);
  }

  #counted(hash: number): number {
    let least = COUNT_MAX;
    for (let row = 0; row < ROWS; row++) {
      const count = this.#counts[this.#counterAt(hash, row)]!;
      if (count < least) least = count;
    }
    return least;
  }

  #counterAt(hash: number, row: number): number {
    return row * this.#width + (mix(hash + Math.imul(row + 1, 0x9e3779b9)) & (this.#width - 1));
  }

  /** Whether the doorkeeper has let it in before; from now on it has. */
  #admit(hash: number): boolean {
    const known = this.#knows(hash);
    for (let row = 0; row < 2; row++) {
      const bit = this.#bitAt(hash, row);
      this.#doorkeeper[bit >>> 5]! |= 1 << (bit & 31);
    }
    return known;
  }

  #knows(hash: number): boolean {
    for (let row = 0; row < 2; row++) {
      const bit = this.#bitAt(hash, row);
      if ((this.#doorkeeper[bit >>> 5]! & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }

  #bitAt(hash: number, row: number): number {
    return mix(hash ^ Math.imul(row + 1, 0x7feb352d)) & (this.#bits - 1);
  }
}
