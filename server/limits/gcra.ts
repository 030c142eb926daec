/**
 * May it pass now? The generic cell rate algorithm (ITU-T I.371; decisions as redis-cell has them): one time a client, that at
 * which all it took will have been paid off, the theoretical arrival time (TAT).
 *
 * The table has a fixed number of places and never grows. A client has two buckets of eight places, chosen by hash (two choices:
 * Azar, Broder, Karlin, Upfal, 1994); where all are taken, the place of the one that owes least is taken over. Whoever owes nothing is
 * like one never seen, so nothing is lost until more clients owe something than there are places, and then those who ask most are
 * kept longest: a flood of made-up clients cannot wash out the one that floods.
 *
 *   bucket of 128 bytes   high₀ low₀ … high₇ low₇   TAT₀ … TAT₇      a TAT of 0 where nobody was yet
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
const BUCKET_BYTES = 128;
const BUCKET_WORDS = BUCKET_BYTES / Int32Array.BYTES_PER_ELEMENT;
const WORD_RANGE = 2 ** 32;

/** Any number that is not 0: makes another hash of the first one. */
const SECOND_CHOICE = 0x5bd1e995;

/** Where the times of a bucket begin, in doubles. */
const owedAt = (bucket: number): number => bucket * 2 * WAYS + WAYS;

/** MurmurHash3 of the two words of a key: a step for each, and the end. */
function mixed(hash: number, word: number): number {
  const scattered = Math.imul(word, 0xcc9e2d51);
  const next = hash ^ Math.imul((scattered << 15) | (scattered >>> 17), 0x1b873593);
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe6546b64) | 0;
}

function finished(hash: number): number {
  let mixing = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixing = Math.imul(mixing ^ (mixing >>> 13), 0xc2b2ae35);
  return mixing ^ (mixing >>> 16);
}

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
    const memory = new ArrayBuffer(this.#buckets * BUCKET_BYTES);
    this.#keys = new Int32Array(memory);
    this.#owed = new Float64Array(memory);
  }

  get bytes(): number {
    return this.#keys.byteLength;
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
   * Takes `quantity` at once, or nothing; 0 only looks. Where the rate is not that of the call before, {@link cap} comes between.
   * @param nowNs whole, above 0, never less than before
   */
  take({ high, low }: ClientKey, quantity: number, { periodNs, burst }: Rate, nowNs: number): Decision {
    const hash = finished(mixed(mixed(this.#seed, high), low));
    const one = this.#bucket(hash);
    let place = this.#find(one, high, low);
    // Most are in their first bucket: the second costs its cache misses only when it is needed.
    const two = place < 0 ? this.#bucket(finished(hash ^ SECOND_CHOICE)) : one;
    if (place < 0) place = this.#find(two, high, low);
    const toleranceNs = periodNs * burst;
    const tat = place < 0 ? nowNs : Math.max(nowNs, this.#owed[place]!);
    const next = tat + periodNs * quantity;
    const allowed = next <= nowNs + toleranceNs;
    const owedNs = (allowed ? next : tat) - nowNs;
    if (allowed && quantity > 0) {
      const settled = place < 0 ? this.#settle(one, two, high, low, nowNs) : place;
      this.#owed[settled] = next;
    }
    return {
      allowed,
      remaining: Math.floor((toleranceNs - owedNs) / periodNs),
      retryAfterNs: allowed ? 0 : quantity <= burst ? next - toleranceNs - nowNs : owedNs,
      resetAfterNs: owedNs,
    };
  }

  /** At least so much is owed at `nowNs`: another table says so, that counted the same client. */
  owe({ high, low }: ClientKey, owedNs: number, nowNs: number): void {
    const hash = finished(mixed(mixed(this.#seed, high), low));
    const one = this.#bucket(hash);
    const two = this.#bucket(finished(hash ^ SECOND_CHOICE));
    let place = this.#find(one, high, low);
    if (place < 0) place = this.#find(two, high, low);
    if (place < 0) place = this.#settle(one, two, high, low, nowNs);
    this.#owed[place] = Math.max(this.#owed[place]!, nowNs + owedNs);
  }

  /** A new rate holds from then on: nobody owes more than a whole burst of it. Goes through the table once. */
  cap({ periodNs, burst }: Rate, sinceNs: number): void {
    const owed = this.#owed;
    // A rate may be older than the table: what it paid off before is as good as never owed.
    const most = Math.max(1, sinceNs + periodNs * burst);
    for (let first = WAYS; first < owed.length; first += 2 * WAYS)
      for (let at = first; at < first + WAYS; at++) if (owed[at]! > most) owed[at] = most;
  }

  /** Everyone is as new. */
  clear(): void {
    this.#keys.fill(0);
    this.#used = 0;
  }

  #bucket(hash: number): number {
    return Math.floor((hash >>> 0) * (this.#buckets / WORD_RANGE));
  }

  /** Where in `#owed` a client has its time; -1 where it has none in this bucket. */
  #find(bucket: number, high: number, low: number): number {
    const keys = this.#keys;
    for (let way = 0, at = bucket * BUCKET_WORDS; way < WAYS; way++, at += 2)
      if (keys[at + 1] === low && keys[at] === high) return owedAt(bucket) + way;
    return -1;
  }

  /** Takes over the place whose client owes least: in the emptier bucket, or in either where all owe something. */
  #settle(one: number, two: number, high: number, low: number, nowNs: number): number {
    const owed = this.#owed;
    let idleOfOne = 0;
    let idleOfTwo = 0;
    let leastOfOne = owedAt(one);
    let leastOfTwo = owedAt(two);
    for (let way = 0; way < WAYS; way++) {
      const atOne = owedAt(one) + way;
      const atTwo = owedAt(two) + way;
      if (owed[atOne]! <= nowNs) idleOfOne += 1;
      if (owed[atTwo]! <= nowNs) idleOfTwo += 1;
      if (owed[atOne]! < owed[leastOfOne]!) leastOfOne = atOne;
      if (owed[atTwo]! < owed[leastOfTwo]!) leastOfTwo = atTwo;
    }
    const inOne = idleOfOne === idleOfTwo ? owed[leastOfOne]! <= owed[leastOfTwo]! : idleOfOne > idleOfTwo;
    const place = inOne ? leastOfOne : leastOfTwo;
    if (owed[place] === 0) this.#used += 1;
    else if (owed[place]! > nowNs) this.#washedOut += 1;
    const key = (inOne ? one : two) * BUCKET_WORDS + 2 * (place % WAYS);
    this.#keys[key] = high;
    this.#keys[key + 1] = low;
    return place;
  }
}
