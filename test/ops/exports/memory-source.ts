/** Intervals of seeded random requests, held in memory: what the rings would hand out, without rings. */
import type { Interval, IntervalSource, ResolutionS } from '../../../ops/metrics/interval.ts';
import { COUNTS, HIGHEST_NS, indexOf } from '../../../ops/metrics/layout.ts';
import { type Series, tagOf } from '../../../ops/metrics/series.ts';
import { encodeCounts, type SparseCounts } from '../../../ops/metrics/sparse.ts';

export const DAY_MS = 86_400_000;
export const NOW_MS = Date.UTC(2026, 0, 31, 12, 0, 0);
export const RETENTION_MS = { 1: 3_600_000, 10: 6 * 3_600_000, 60: 2 * DAY_MS, 3600: 30 * DAY_MS } as const;

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const series = (
  measure: Series['measure'],
  endpoint: string,
  outcome: Series['outcome'],
  cache: Series['cache'],
  rerank: Series['rerank'],
  arm = 'control',
): Series => ({ measure, endpoint, outcome, cache, rerank, arm });

/** What a busy server has: hits, misses, both arms, failures, refusals, waits, stages, and an endpoint that does not search. */
export const SERIES: readonly Series[] = [
  series('total', '/search', 'answered', 'miss', 'done'),
  series('total', '/search', 'answered', 'hit', 'none'),
  series('total', '/search', 'answered', 'miss', 'done', 'candidate'),
  series('total', '/search', 'answered', 'miss', 'dropped'),
  series('total', '/search', 'shed', 'none', 'none'),
  series('total', '/search', 'failed', 'miss', 'none'),
  series('total', '/search', 'invalid', 'none', 'none'),
  series('total', '/search/batch', 'answered', 'none', 'done'),
  series('total', '/stats/health', 'answered', 'none', 'none'),
  series('queue', '/search', 'answered', 'miss', 'done'),
  { ...series('service', '', '', '', ''), arm: '' },
  { ...series('embed', '', '', '', ''), arm: '' },
  { ...series('rerank', '', '', '', ''), arm: '' },
];

/** A latency in nanoseconds: most some milliseconds, some hundreds of them, few beyond seconds. */
export const latencyNs = (random: () => number): number =>
  Math.min(Math.floor(200_000 * Math.exp(3.2 + 1.1 * gaussian(random))), HIGHEST_NS);

const gaussian = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

export function countsOf(valuesNs: readonly number[]): SparseCounts {
  const counts = new Float64Array(COUNTS);
  for (const ns of valuesNs) counts[indexOf(ns)]! += 1;
  return encodeCounts(counts);
}

export interface Recording {
  readonly resolutionS: ResolutionS;
  readonly intervals: number;
  /** Events of a series in an interval, at most. */
  readonly eventsMax: number;
  readonly seed: number;
  readonly series?: readonly Series[];
  readonly endMs?: number;
}

/** Consecutive intervals up to `endMs`, some series absent from some, as they are where nothing happened. */
export function recording(options: Recording): Interval[] {
  const { resolutionS, intervals, eventsMax, seed, series: names = SERIES, endMs = NOW_MS } = options;
  const random = seeded(seed);
  const lengthMs = resolutionS * 1000;
  return Array.from({ length: intervals }, (_, at) => {
    const recorded = new Map<string, SparseCounts>();
    for (const one of names) {
      const events = Math.floor(random() * (eventsMax + 1));
      const values = Array.from({ length: events }, () => latencyNs(random));
      if (events > 0) recorded.set(tagOf(one), countsOf(values));
    }
    return { startMs: endMs - (intervals - at) * lengthMs, lengthMs, series: recorded, events: new Map() };
  });
}

/** Hands out the intervals of one length; there are none of another. */
export const memorySource = (resolutionS: ResolutionS, intervals: readonly Interval[]): IntervalSource => ({
  retentionMs: RETENTION_MS,
  *intervals(asked, fromMs, toMs) {
    if (asked !== resolutionS) return;
    for (const interval of intervals) if (interval.startMs >= fromMs && interval.startMs < toMs) yield interval;
  },
});
