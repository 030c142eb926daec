/**
 * May it pass now? The generic cell rate algorithm (ITU-T I.371; decisions as redis-cell has them): one time a client, that at
 * which all it took will have been paid off, the theoretical arrival time (TAT).
 *
 * The table has a fixed number of places and never grows. A client has two buckets of eight places, chosen by hash (two choices:
 * Azar, Broder, Karlin, Upfal, 1994); where all are taken, the place of the one that owes least is taken over. Whoever owes nothing is
 * like one never seen, so nothing is lost until more clients owe something than there are places, and then those who ask most are
 * kept longest: a flood of made-up clients cannot wash out the one that floods.
 *
 *   keys   high₀ low₀ high₁ low₁ …   8 places = 64 bytes = a cache line
 *   owed   TAT₀ TAT₁ …               likewise; 0 where nobody was yet
 *
 * Times are whole nanoseconds in doubles: exact for 104 days of running, to 2 ns for as long again, and so on.
 */
import type { ClientKey } from './client-key.ts';

/** What a client may take. */
export interface Rate {
  /** One more each so many nanoseconds; a whole number. */
  readonly periodNs: number;
  /** At once, after a rest. */
  readonly burst: number;
}

export interface Decision {
  readonly allowed: boolean;
  /** What could still be taken at once. */
  readonly remaining: number;
  /** Until as much as was asked for can pass; that until all is paid off where it never can. 0 when allowed. */
  readonly retryAfterNs: number;
  /** Until the whole burst is there again. */
  readonly resetAfterNs: number;
}

/** The time of {@link GcraTable.take}: whole and above 0. */
export const nanosecondsSince = (startUs: number, nowUs: number): number => Math.floor((nowUs - startUs) * 1000) + 1;

const WAYS = 8;
const WORD_RANGE = 2 ** 32;

export class GcraTable {
  readonly places: number;
  readonly #buckets: number;
  readonly #seed: number;
  readonly #keys: Int32Array;
  readonly #owed: Float64Array;
  #used = 0;
  #washedOut = 0;

  /** @param placesMax rounded up to whole buckets; @param seed keeps callers from choosing keys that share a bucket */
  constructor(placesMax: number, seed: number) {
    this.#buckets = Math.max(2, Math.ceil(placesMax / WAYS));
    this.places = this.#buckets * WAYS;
    this.#seed = seed | 0;
    this.#keys = new Int32Array(this.places * 2);
    this.#owed = new Float64Array(this.places);
  }

  get bytes(): number {
    return this.#keys.byteLength + this.#owed.byteLength;
  }

  /** Places that were taken at least once. */
  get used(): number {
    return this.#used;
  }

  /** Clients that owed something when their place went to another. */
  get washedOut(): number {
    return this.#washedOut;
  }

  /**
   * Takes `quantity` at once, or nothing; 0 only looks.
   * @param nowNs whole, above 0, never less than before
   */
  take({ high, low }: ClientKey, quantity: number, { periodNs, burst }: Rate, nowNs: number): Decision {
    const one = this.#bucket(high, low, this.#seed);
    const two = this.#bucket(low, high, ~this.#seed);
    const place = this.#find(one, two, high, low);
    const toleranceNs = periodNs * burst;
    // Under a rate that was set back, a debt is at most the whole of the new burst.
    const tat = place < 0 ? nowNs : Math.min(Math.max(nowNs, this.#owed[place]!), nowNs + toleranceNs);
    const next = tat + periodNs * quantity;
    const allowed = next <= nowNs + toleranceNs;
    const owedNs = (allowed ? next : tat) - nowNs;
    if (allowed && quantity > 0) {
      if (place < 0) this.#settle(one, two, high, low, next, nowNs);
      else this.#owed[place] = next;
    }
    return {
      allowed,
      remaining: Math.floor((toleranceNs - owedNs) / periodNs),
      retryAfterNs: allowed ? 0 : quantity <= burst ? next - toleranceNs - nowNs : owedNs,
      resetAfterNs: owedNs,
    };
  }

  /** Everyone is as new. */
  clear(): void {
    this.#keys.fill(0);
    this.#owed.fill(0);
    this.#used = 0;
  }

  /** First place of the bucket that a hash of the key leads to (the finaliser of MurmurHash3). */
  #bucket(first: number, second: number, seed: number): number {
    let hash = Math.imul(first ^ seed, 0xcc9e2d51);
    hash = Math.imul(((hash << 15) | (hash >>> 17)) ^ second ^ (seed >>> 3), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
    return Math.floor(((hash >>> 0) * this.#buckets) / WORD_RANGE) * WAYS;
  }

  #find(one: number, two: number, high: number, low: number): number {
    const keys = this.#keys;
    for (let at = one; at < one + WAYS; at++) if (keys[2 * at + 1] === low && keys[2 * at] === high) return at;
    for (let at = two; at < two + WAYS; at++) if (keys[2 * at + 1] === low && keys[2 * at] === high) return at;
    return -1;
  }

  /** Takes over the place, of the two buckets, whose client owes least. */
  #settle(one: number, two: number, high: number, low: number, tat: number, nowNs: number): void {
    const owed = this.#owed;
    let place = one;
    for (let at = one + 1; at < one + WAYS; at++) if (owed[at]! < owed[place]!) place = at;
    for (let at = two; at < two + WAYS; at++) if (owed[at]! < owed[place]!) place = at;
    if (owed[place] === 0) this.#used += 1;
    else if (owed[place]! > nowNs) this.#washedOut += 1;
    this.#keys[2 * place] = high;
    this.#keys[2 * place + 1] = low;
    owed[place] = tat;
  }
}
