/**
 * What is worth keeping? W-TinyLFU (Einziger, Friedman and Manes 2017).
 *
 * ```
 * new ─▶ window (1 %, LRU) ──overflow──▶ asked for more often than those it would push out?
 *                                           yes ─▶ probation ──used again──▶ protected (80 % of the rest)
 *                                           no: dropped         ◀──overflow──┘
 * ```
 *
 * Things that are asked for once pass through the window and push out nothing that is popular. Sizes differ, so a candidate has
 * to be asked for more often than all it would push out together (the aggregated victims of Einziger et al. 2021).
 */
import { FrequencySketch } from './frequency-sketch.ts';
import { type Bounds, type Linked, LruList } from './lru-list.ts';
import { textHash } from './text-hash.ts';

const WINDOW_SHARE = 0.01;
const PROTECTED_SHARE = 0.8;

/** A place in the cache; once it has left, its value is null and it never comes back. */
export interface Kept<Value> extends Linked {
  readonly key: string;
  readonly hash: number;
  value: Value | null;
  segment: LruList<Kept<Value>>;
}

export interface TinyLfuSettings extends Bounds {
  /** Of the hash. */
  readonly seed: number;
}

export class TinyLfu<Value> {
  /** Left to make room, since the start. */
  evicted = 0;
  /** Never let into the main part, since the start. */
  refused = 0;
  readonly #settings: TinyLfuSettings;
  readonly #sketch: FrequencySketch;
  readonly #byKey = new Map<string, Kept<Value>>();
  readonly #window: LruList<Kept<Value>>;
  readonly #probation: LruList<Kept<Value>>;
  readonly #protected: LruList<Kept<Value>>;
  readonly #main: Bounds;

  constructor(settings: TinyLfuSettings) {
    this.#settings = settings;
    const { entriesMax, bytesMax } = settings;
    this.#sketch = new FrequencySketch(entriesMax);
    const window = { entriesMax: Math.ceil(entriesMax * WINDOW_SHARE), bytesMax: Math.ceil(bytesMax * WINDOW_SHARE) };
    this.#main = { entriesMax: entriesMax - window.entriesMax, bytesMax: bytesMax - window.bytesMax };
    this.#window = new LruList(window);
    this.#probation = new LruList(this.#main);
    this.#protected = new LruList({
      entriesMax: Math.floor(this.#main.entriesMax * PROTECTED_SHARE),
      bytesMax: Math.floor(this.#main.bytesMax * PROTECTED_SHARE),
    });
  }

  get entries(): number {
    return this.#byKey.size;
  }

  get bytes(): number {
    return this.#window.bytes + this.#probation.bytes + this.#protected.bytes;
  }

  /** Counts as a use of what is there, and as a wish for what is not. */
  get(key: string): Kept<Value> | undefined {
    const kept = this.#byKey.get(key);
    if (kept === undefined) this.#sketch.add(textHash(key, this.#settings.seed));
    else this.use(kept);
    return kept;
  }

  /** Counts as nothing. */
  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Counts as a use. @param kept that has not left */
  use(kept: Kept<Value>): void {
    this.#sketch.add(kept.hash);
    if (kept.segment !== this.#probation) {
      kept.segment.touch(kept);
      return;
    }
    this.#move(kept, this.#protected);
    while (this.#protected.isOver) this.#move(this.#protected.oldest!, this.#probation);
  }

  /**
   * Replaces what had the key. What is larger than all there is room for is not kept.
   *
   * @returns its place, or null where it was not let in
   */
  set(key: string, value: Value, bytes: number): Kept<Value> | null {
    this.delete(key);
    const hash = textHash(key, this.#settings.seed);
    const kept: Kept<Value> = { key, hash, value, bytes, older: null, newer: null, segment: this.#window };
    this.#byKey.set(key, kept);
    // Through the window it would push out everything else there.
    if (bytes > this.#window.bounds.bytesMax) this.#admit(kept);
    else {
      this.#window.add(kept);
      while (this.#window.isOver) {
        const candidate = this.#window.oldest!;
        this.#window.remove(candidate);
        this.#admit(candidate);
      }
    }
    return kept.value === null ? null : kept;
  }

  delete(key: string): boolean {
    const kept = this.#byKey.get(key);
    if (kept === undefined) return false;
    kept.segment.remove(kept);
    this.#leave(kept);
    return true;
  }

  clear(): void {
    for (const kept of this.#byKey.values()) kept.value = null;
    this.#byKey.clear();
    this.#sketch.clear();
    for (const segment of [this.#window, this.#probation, this.#protected]) segment.clear();
  }

  /** Everything that is kept, in no order. */
  values(): Iterable<Kept<Value>> {
    return this.#byKey.values();
  }

  /** @param candidate of no list */
  #admit(candidate: Kept<Value>): void {
    const victims = this.#victimsOf(candidate);
    if (victims === null) {
      this.refused += 1;
      this.#leave(candidate);
      return;
    }
    for (const victim of victims) {
      victim.segment.remove(victim);
      this.#leave(victim);
    }
    this.evicted += victims.length;
    candidate.segment = this.#probation;
    this.#probation.add(candidate);
  }

  /** Who must leave for it, or null where they are worth more together, or room cannot be made. */
  #victimsOf(candidate: Kept<Value>): Kept<Value>[] | null {
    if (candidate.bytes > this.#main.bytesMax || this.#main.entriesMax === 0) return null;
    let bytesOver = this.#probation.bytes + this.#protected.bytes + candidate.bytes - this.#main.bytesMax;
    let entriesOver = this.#probation.entries + this.#protected.entries + 1 - this.#main.entriesMax;
    const victims: Kept<Value>[] = [];
    const worth = this.#sketch.estimate(candidate.hash);
    let worthOfVictims = 0;
    let next = this.#probation.oldest ?? this.#protected.oldest;
    while (bytesOver > 0 || entriesOver > 0) {
      const victim = next!;
      worthOfVictims += this.#sketch.estimate(victim.hash);
      if (worthOfVictims >= worth) return null;
      victims.push(victim);
      bytesOver -= victim.bytes;
      entriesOver -= 1;
      next =
        (victim.newer as Kept<Value> | null) ?? (victim.segment === this.#probation ? this.#protected.oldest : null);
    }
    return victims;
  }

  #move(kept: Kept<Value>, to: LruList<Kept<Value>>): void {
    kept.segment.remove(kept);
    kept.segment = to;
    to.add(kept);
  }

  /** @param kept of no list */
  #leave(kept: Kept<Value>): void {
    this.#byKey.delete(kept.key);
    kept.value = null;
  }
}
