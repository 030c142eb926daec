/**
 * The counts of one series as they grow: HdrHistogram's array in shared memory, one array and one writer a thread.
 *
 * Writers only ever add; the judge takes the differences since its last look, modulo 2³², so that nobody waits for anybody
 * and a count that wraps costs nothing.
 */
import { blockOf, encodeGrowth, growthOf, SHARED_COUNTS } from './growth.ts';
import { COUNTS, HIGHEST_NS, highestAt, indexOf, valueAt } from './layout.ts';
import { type Series, tagOf } from './series.ts';
import { eachCount, type SparseCounts } from './sparse.ts';
import { BOUNDS_NS, type Exemplar, type SeriesTotals } from './totals.ts';

export const SHARED_COUNTS_BYTES = SHARED_COUNTS * Int32Array.BYTES_PER_ELEMENT;

export type SharedCounts = Int32Array<SharedArrayBuffer>;

/** @param at byte offset of this array in the buffer */
export const sharedCounts = (buffer = new SharedArrayBuffer(SHARED_COUNTS_BYTES), at = 0): SharedCounts =>
  new Int32Array(buffer, at, SHARED_COUNTS);

/** Adds an event. @param ns below zero counts as zero, above an hour as an hour */
export function addEvent(counts: SharedCounts, ns: number): void {
  const index = ns > 0 ? (ns < HIGHEST_NS ? indexOf(ns) : LAST) : 0;
  counts[index]! += 1;
  counts[blockOf(index)]! += 1;
}

const LAST = indexOf(HIGHEST_NS);

/** By index of a count, the bucket of /metrics that it falls into. */
const bucketOf = Uint8Array.from({ length: COUNTS }, (_, index) => {
  const at = BOUNDS_NS.findIndex((bound) => index <= indexOf(bound));
  return at < 0 ? BOUNDS_NS.length : at;
});

export class LiveSeries implements SeriesTotals {
  readonly series: Series;
  readonly tag: string;
  readonly buckets = new Float64Array(BOUNDS_NS.length + 1);
  readonly exemplars = new Map<number, Exemplar>();
  count = 0;
  sumNs = 0;
  readonly #writers: readonly SharedCounts[];
  readonly #seen: readonly Int32Array[];

  constructor(series: Series, writers: readonly SharedCounts[]) {
    this.series = series;
    this.tag = tagOf(series);
    this.#writers = writers;
    this.#seen = writers.map(() => new Int32Array(SHARED_COUNTS));
  }

  /** What came since the last call, one part a writer that counted something. */
  take(): SparseCounts[] {
    const parts: SparseCounts[] = [];
    for (const [at, counts] of this.#writers.entries()) {
      const part = encodeGrowth(counts, this.#seen[at]!);
      if (part.length === 0) continue;
      eachCount(part, this.#total);
      parts.push(part);
    }
    return parts;
  }

  /** Events since the start, up to this moment. */
  get countNow(): number {
    let fresh = 0;
    for (const [at, counts] of this.#writers.entries()) fresh += growthOf(counts, this.#seen[at]!);
    return this.count + fresh;
  }

  /** Remembers a request that stands for its bucket. */
  exemplify(exemplar: Exemplar): void {
    this.exemplars.set(bucketOf[Math.min(indexOf(Math.max(0, exemplar.ns)), LAST)]!, exemplar);
  }

  readonly #total = (index: number, count: number): void => {
    this.buckets[bucketOf[index]!]! += count;
    this.count += count;
    this.sumNs += count * ((valueAt(index) + highestAt(index)) / 2);
  };
}
