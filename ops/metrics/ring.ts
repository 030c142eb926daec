/** The last intervals of one resolution, oldest first; bounded in time and in bytes. */
import type { Interval } from './interval.ts';
import { mergeCounts } from './sparse.ts';

/** What an entry costs beside its counts: map entry, tag and array header. */
const SERIES_BYTES = 128;
const INTERVAL_BYTES = 256;

const bytesOf = ({ series, events }: Interval): number => {
  let bytes = INTERVAL_BYTES + events.size * SERIES_BYTES;
  for (const part of series.values()) bytes += SERIES_BYTES + part.length;
  return bytes;
};

export class Ring {
  readonly #retentionMs: number;
  readonly #bytesMax: number;
  #intervals: Interval[] = [];
  #bytes = 0;
  #evicted = 0;

  constructor(retentionMs: number, bytesMax: number) {
    this.#retentionMs = retentionMs;
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Intervals that went before their time, since the bytes were used up. */
  get evicted(): number {
    return this.#evicted;
  }

  /** In any order; one that begins where another does is merged into it. */
  push(interval: Interval): void {
    const at = this.#from(interval.startMs);
    const there = this.#intervals[at];
    if (there?.startMs === interval.startMs) {
      const merged = mergeIntervals([there, interval], Math.max(there.lengthMs, interval.lengthMs));
      this.#bytes += bytesOf(merged) - bytesOf(there);
      this.#intervals[at] = merged;
    } else {
      this.#intervals.splice(at, 0, interval);
      this.#bytes += bytesOf(interval);
    }
    this.#shrink();
  }

  *between(fromMs: number, toMs: number): Generator<Interval> {
    // The array as it is now: one that is shrunk becomes another, and what is added comes behind, so that a reader that waits
    // between two intervals skips none.
    const intervals = this.#intervals;
    for (let at = this.#from(fromMs); at < intervals.length && intervals[at]!.startMs < toMs; at++)
      yield intervals[at]!;
  }

  #shrink(): void {
    const newestMs = this.#intervals.at(-1)!.startMs;
    let drop = 0;
    let bytes = this.#bytes;
    while (drop < this.#intervals.length - 1) {
      const { startMs } = this.#intervals[drop]!;
      const old = startMs <= newestMs - this.#retentionMs;
      if (!old && bytes <= this.#bytesMax) break;
      if (!old) this.#evicted += 1;
      bytes -= bytesOf(this.#intervals[drop]!);
      drop += 1;
    }
    if (drop === 0) return;
    this.#bytes = bytes;
    this.#intervals = this.#intervals.slice(drop);
  }

  /** Position of the first one that begins at this time or later. */
  #from(startMs: number): number {
    let low = 0;
    let high = this.#intervals.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#intervals[middle]!.startMs < startMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** One interval of several: its start is that of the first. */
export function mergeIntervals(parts: readonly Interval[], lengthMs: number): Interval {
  const byTag = new Map<string, Uint8Array[]>();
  const events = new Map<string, number>();
  for (const { series, events: counted } of parts) {
    for (const [tag, counts] of series) {
      const same = byTag.get(tag);
      if (same === undefined) byTag.set(tag, [counts]);
      else same.push(counts);
    }
    for (const [name, count] of counted) events.set(name, (events.get(name) ?? 0) + count);
  }
  const series = new Map([...byTag].map(([tag, counts]) => [tag, mergeCounts(counts)]));
  return { startMs: parts[0]!.startMs, lengthMs, series, events };
}
