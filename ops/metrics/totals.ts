/** What a series has counted since the process started, in the buckets of /metrics. */
import type { Series } from './series.ts';

/** Upper bounds of the buckets, nanoseconds. The runbook's thresholds are among them, so that its shares are exact. */
export const BOUNDS_NS: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 200, 400, 800, 1000, 2000, 5000, 10_000,
].map((ms) => ms * 1_000_000);

/** A request that stands for its bucket. */
export interface Exemplar {
  readonly requestId: string;
  readonly ns: number;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
}

export interface SeriesTotals {
  readonly series: Series;
  /** Events in each bucket alone, not cumulative; the last one is beyond all bounds. */
  readonly buckets: Float64Array;
  readonly count: number;
  /** Nanoseconds, exact to a thousandth. */
  readonly sumNs: number;
  /** The newest of each bucket, by its index; absent where none was taken. */
  readonly exemplars: ReadonlyMap<number, Exemplar>;
}
