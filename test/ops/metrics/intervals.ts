/** Intervals made by hand. */
import type { Interval } from '../../../ops/metrics/interval.ts';
import { tagOf } from '../../../ops/metrics/series.ts';
import type { Outcome } from '../../../ops/sample.ts';
import { sparseOf } from './hdr.ts';

export const totalTag = (outcome: Outcome = 'answered', endpoint = '/search'): string =>
  tagOf({ measure: 'total', endpoint, outcome, cache: 'none', rerank: 'none', arm: 'control' });

export const intervalAt = (
  startMs: number,
  latencies: readonly number[],
  { lengthMs = 1000, tag = totalTag(), events = {} as Record<string, number> } = {},
): Interval => ({
  startMs,
  lengthMs,
  series: latencies.length === 0 ? new Map() : new Map([[tag, sparseOf(latencies)]]),
  events: new Map(Object.entries(events)),
});
