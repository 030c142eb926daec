/** How are the endpoints? Counts since the start, and percentiles over a window that ends now. */

import { percentilesOf } from './groups.ts';
import type { Interval, IntervalSource, ResolutionS } from './metrics/interval.ts';
import { RESOLUTIONS_S } from './metrics/interval.ts';
import { seriesOf } from './metrics/series.ts';
import type { SparseCounts } from './metrics/sparse.ts';
import type { Outcome } from './sample.ts';
import type { PercentilesMs } from './snapshot.ts';

export interface EndpointMetrics {
  /** Since the process started. */
  readonly requests: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Of what was answered within the window; null where nothing was. */
  readonly latency: PercentilesMs | null;
}

/** Everything since `fromMs`, each moment once, in the finest rings that reach so far back. */
export function* recentIntervals(source: IntervalSource, fromMs: number, nowMs: number): Generator<Interval> {
  let reachedMs = fromMs;
  for (const resolutionS of ringsFor(source, nowMs - fromMs)) {
    for (const interval of source.intervals(resolutionS, reachedMs, nowMs)) {
      yield interval;
      reachedMs = interval.startMs + interval.lengthMs;
    }
  }
}

/** The finest ring that covers so much, and all finer ones, which tell what is not merged yet. */
function ringsFor({ retentionMs }: IntervalSource, lengthMs: number): ResolutionS[] {
  const covering = RESOLUTIONS_S.findIndex((resolutionS) => retentionMs[resolutionS] >= lengthMs);
  return RESOLUTIONS_S.slice(0, covering < 0 ? RESOLUTIONS_S.length : covering + 1).toReversed();
}

export function endpointMetrics(
  outcomes: ReadonlyMap<string, Readonly<Record<Outcome, number>>>,
  intervals: Iterable<Interval>,
): Record<string, EndpointMetrics> {
  const answered = new Map<string, SparseCounts[]>();
  for (const { series } of intervals)
    for (const [tag, counts] of series) {
      const known = seriesOf(tag);
      if (known?.measure !== 'total' || known.outcome !== 'answered') continue;
      const parts = answered.get(known.endpoint);
      if (parts === undefined) answered.set(known.endpoint, [counts]);
      else parts.push(counts);
    }
  return Object.fromEntries(
    [...outcomes].map(([endpoint, counted]) => [
      endpoint,
      {
        requests: Object.values(counted).reduce((sum, count) => sum + count, 0),
        outcomes: counted,
        latency: percentilesOf(answered.get(endpoint) ?? []),
      },
    ]),
  );
}
