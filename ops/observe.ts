/** From an interval to what the detectors look at. */
import type { Interval } from './metrics/interval.ts';
import { countAbove, percentilesNs } from './metrics/quantiles.ts';
import { type Series, seriesOf } from './metrics/series.ts';
import { mergeCounts, type SparseCounts, totalOf } from './metrics/sparse.ts';
import type { Observation } from './observation.ts';
import { isBad, isValid, type Outcome, SEARCH_ENDPOINTS } from './sample.ts';

/** What became of the requests of an interval; everything but the process's own state. */
export type Traffic = { readonly deadline: number; readonly serverFailed: number } & Pick<
  Observation,
  | 'requests'
  | 'valid'
  | 'failed'
  | 'answered'
  | 'slow'
  | 'limited'
  | 'shed'
  | 'invalid'
  | 'aborted'
  | 'cacheLookups'
  | 'cacheHits'
  | 'cacheErrors'
  | 'modelAsked'
  | 'modelFailed'
  | 'empty'
  | 'queueMsP95'
>;

const parsed = new Map<string, Series | null>();

/** The series of a tag; there are few, and they come again every second. */
function knownSeries(tag: string): Series | null {
  let series = parsed.get(tag);
  if (series === undefined) {
    series = seriesOf(tag);
    parsed.set(tag, series);
  }
  return series;
}

/** The series of an interval that belong to queries. */
export function* searchSeries({ series }: Interval): Generator<readonly [Series, SparseCounts]> {
  for (const [tag, counts] of series) {
    const known = knownSeries(tag);
    if (known !== null && SEARCH_ENDPOINTS.includes(known.endpoint)) yield [known, counts];
  }
}

/** @param slowNs answered later than that counts as slow */
export function trafficOf(interval: Interval, slowNs: number): Traffic {
  const by: Record<Outcome, number> = {
    answered: 0,
    invalid: 0,
    limited: 0,
    shed: 0,
    deadline: 0,
    failed: 0,
    aborted: 0,
  };
  const traffic = { valid: 0, failed: 0, slow: 0, cacheLookups: 0, cacheHits: 0, requests: 0, modelAsked: 0 };
  const queues: SparseCounts[] = [];
  for (const [{ measure, outcome, cache }, counts] of searchSeries(interval)) {
    if (measure === 'queue') queues.push(counts);
    if (measure !== 'total' || outcome === '') continue;
    const count = totalOf(counts);
    by[outcome] += count;
    traffic.requests += count;
    if (isValid(outcome)) traffic.valid += count;
    if (isBad(outcome)) traffic.failed += count;
    if (cache !== 'none') traffic.cacheLookups += count;
    if (cache === 'hit' || cache === 'stale') traffic.cacheHits += count;
    else if (outcome === 'answered') traffic.modelAsked += count;
    if (outcome === 'answered') traffic.slow += countAbove(counts, slowNs);
  }
  const { events } = interval;
  return {
    ...traffic,
    answered: by.answered,
    limited: by.limited,
    shed: by.shed,
    invalid: by.invalid,
    aborted: by.aborted,
    deadline: by.deadline,
    serverFailed: by.failed,
    cacheErrors: events.get('cache_error') ?? 0,
    modelFailed: (events.get('degraded;rerank_failed') ?? 0) + (events.get('degraded;dense_failed') ?? 0),
    empty: events.get('empty') ?? 0,
    queueMsP95: queues.length === 0 ? 0 : percentilesNs(mergeCounts(queues), [95])[0]! / 1e6,
  };
}
