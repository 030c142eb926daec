/** How did the searches of some intervals fare, all together or by what tells them apart? */
import type { Interval } from './metrics/interval.ts';
import { percentilesNs } from './metrics/quantiles.ts';
import type { Series } from './metrics/series.ts';
import { mergeCounts, type SparseCounts, totalOf } from './metrics/sparse.ts';
import { searchSeries } from './observe.ts';
import { isBad } from './sample.ts';
import type { PercentilesMs } from './snapshot.ts';

/** Null where nothing was counted. */
export function percentilesOf(parts: readonly SparseCounts[]): PercentilesMs | null {
  if (parts.length === 0) return null;
  const values = percentilesNs(mergeCounts(parts), [50, 90, 95, 99, 99.9, 100]).map((ns) => ns / 1e6);
  const [p50Ms, p90Ms, p95Ms, p99Ms, p999Ms, maxMs] = values as [number, number, number, number, number, number];
  return { p50Ms, p90Ms, p95Ms, p99Ms, p999Ms, maxMs };
}

/** The histograms of the searches that were answered in an interval. */
export const answeredOf = (interval: Interval): SparseCounts[] =>
  [...searchSeries(interval)].flatMap(([{ measure, outcome }, counts]) =>
    measure === 'total' && outcome === 'answered' ? [counts] : [],
  );

/** How a group of requests fared. */
export interface GroupSummary {
  readonly requests: number;
  readonly bad: number;
  /** Of those answered; null where none was. */
  readonly latency: PercentilesMs | null;
}

/** Requests, failures and percentiles of searches, by what `keyOf` tells them apart. */
export function groupsOf(intervals: Iterable<Interval>, keyOf: (series: Series) => string): Map<string, GroupSummary> {
  const groups = new Map<string, { requests: number; bad: number; answered: SparseCounts[] }>();
  for (const interval of intervals)
    for (const [series, counts] of searchSeries(interval)) {
      if (series.measure !== 'total' || series.outcome === '') continue;
      const key = keyOf(series);
      const sum = groups.get(key) ?? { requests: 0, bad: 0, answered: [] };
      groups.set(key, sum);
      const count = totalOf(counts);
      sum.requests += count;
      if (isBad(series.outcome)) sum.bad += count;
      if (series.outcome === 'answered') sum.answered.push(counts);
    }
  return new Map(
    [...groups].map(([key, { requests, bad, answered }]) => [key, { requests, bad, latency: percentilesOf(answered) }]),
  );
}

/** Look-ups and hits of the cache. */
export function cacheOf(intervals: Iterable<Interval>): { lookups: number; hits: number } {
  const sum = { lookups: 0, hits: 0 };
  for (const interval of intervals)
    for (const [{ measure, cache }, counts] of searchSeries(interval)) {
      if (measure !== 'total' || cache === 'none' || cache === '') continue;
      const count = totalOf(counts);
      sum.lookups += count;
      if (cache !== 'miss') sum.hits += count;
    }
  return sum;
}
