/** How are the endpoints? Counts since the start, and percentiles over a window that ends now. */

import { percentilesOf } from './groups.ts';
import type { Interval, IntervalSource, ResolutionS } from './metrics/interval.ts';
import { RESOLUTIONS_S } from './metrics/interval.ts';
import { seriesOf } from './metrics/series.ts';
import type { SparseCounts } from './metrics/sparse.ts';
import type { Outcome } from './sample.ts';
import type { PercentilesMs } from './snapshot.ts';

/** So finely a window is told apart at least, where there is a ring for it. */
const PARTS = 60;

export interface EndpointMetrics {
  /** Since the process started. */
  readonly requests: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Of what was answered within the window; null where nothing was. */
  readonly latency: PercentilesMs | null;
}

/**
 * What happened since `fromMs`, each moment once: from the coarsest ring that still tells a sixtieth of it apart, and from finer
 * ones what is not merged yet. Up to a sixtieth at its beginning is left out: an hour merged of seconds would hold up requests.
 */
export function* recentIntervals(source: IntervalSource, fromMs: number, nowMs: number): Generator<Interval> {
  let reachedMs = fromMs;
  for (const resolutionS of ringsFor(source, nowMs - fromMs)) {
    for (const interval of source.intervals(resolutionS, reachedMs, nowMs)) {
      yield interval;
      reachedMs = interval.startMs + interval.lengthMs;
    }
  }
}

/** Coarsest first; the coarsest of all where none reaches so far back. */
function ringsFor({ retentionMs }: IntervalSource, lengthMs: number): ResolutionS[] {
  const covering = RESOLUTIONS_S.findIndex((resolutionS) => retentionMs[resolutionS] >= lengthMs);
  const fine = RESOLUTIONS_S.findLastIndex((resolutionS) => resolutionS * 1000 * PARTS <= lengthMs);
  const coarsest = covering < 0 ? RESOLUTIONS_S.length - 1 : Math.max(covering, fine);
  return RESOLUTIONS_S.slice(0, coarsest + 1).toReversed();
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
