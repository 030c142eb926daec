/** A line of `slo_metrics.jsonl`: what a minute was like, by endpoint, and how the objectives stood at its end. */
import type { Interval } from './metrics/interval.ts';
import { percentilesNs } from './metrics/quantiles.ts';
import { seriesOf } from './metrics/series.ts';
import { mergeCounts, type SparseCounts, totalOf } from './metrics/sparse.ts';
import type { ObjectiveStatus } from './snapshot.ts';

interface OfEndpoint {
  requests: number;
  readonly outcomes: Record<string, number>;
  readonly answered: SparseCounts[];
}

export function minuteRecord(interval: Interval, objectives: readonly ObjectiveStatus[]): object {
  const endpoints = new Map<string, OfEndpoint>();
  for (const [tag, counts] of interval.series) {
    const series = seriesOf(tag);
    if (series?.measure !== 'total') continue;
    const { endpoint, outcome } = series;
    const entry = endpoints.get(endpoint) ?? { requests: 0, outcomes: {}, answered: [] };
    endpoints.set(endpoint, entry);
    const count = totalOf(counts);
    entry.requests += count;
    entry.outcomes[outcome] = (entry.outcomes[outcome] ?? 0) + count;
    if (outcome === 'answered') entry.answered.push(counts);
  }
  return {
    time: new Date(interval.startMs).toISOString(),
    intervalS: interval.lengthMs / 1000,
    endpoints: Object.fromEntries([...endpoints].map(([endpoint, entry]) => [endpoint, summary(entry)])),
    events: Object.fromEntries(interval.events),
    objectives: objectives.map(({ name, good, total, budgetLeftPercent }) => ({
      name,
      good,
      total,
      budgetLeftPercent,
    })),
  };
}

/** Percentiles are of what was answered; absent where nothing was. */
function summary({ requests, outcomes, answered }: OfEndpoint): object {
  if (answered.length === 0) return { requests, outcomes };
  const [p50Ms, p95Ms, p99Ms] = percentilesNs(mergeCounts(answered), [50, 95, 99]).map((ns) => ns / 1e6);
  return { requests, outcomes, p50Ms, p95Ms, p99Ms };
}
