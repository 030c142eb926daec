/** What happened in a stretch of time, as it is kept, exported and merged. */
import type { SparseCounts } from './sparse.ts';

/** Seconds that an interval of each ring covers. */
export const RESOLUTIONS_S = [1, 10, 60, 3600] as const;
export type ResolutionS = (typeof RESOLUTIONS_S)[number];

export interface Interval {
  /** Milliseconds since the epoch, a multiple of the length. */
  readonly startMs: number;
  readonly lengthMs: number;
  /** By the tag of the series; those without an event are absent. */
  readonly series: ReadonlyMap<string, SparseCounts>;
  /** Events by name that have no duration, such as `degraded;rerank_failed`; those that did not happen are absent. */
  readonly events: ReadonlyMap<string, number>;
}

/** Where intervals are looked up: oldest first, those that begin at or after `fromMs` and before `toMs`. */
export interface IntervalSource {
  readonly retentionMs: Readonly<Record<ResolutionS, number>>;
  intervals(resolutionS: ResolutionS, fromMs: number, toMs: number): Iterable<Interval>;
}
