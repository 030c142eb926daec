/** What a server would hand to /metrics after a while under traffic. */
import type { MetricsState } from '../../../ops/exports/index.ts';
import type { Series } from '../../../ops/metrics/series.ts';
import { BOUNDS_NS, type Exemplar, type SeriesTotals } from '../../../ops/metrics/totals.ts';
import { OUTCOMES, type Outcome } from '../../../ops/sample.ts';
import type { Snapshot } from '../../../ops/snapshot.ts';
import { latencyNs, SERIES, seeded } from './memory-source.ts';

/** Counted the plain way: an event is in the first bucket whose bound it does not exceed. */
export function totalsOf(series: Series, valuesNs: readonly number[], timeMs: number): SeriesTotals {
  const buckets = new Float64Array(BOUNDS_NS.length + 1);
  const exemplars = new Map<number, Exemplar>();
  for (const [serial, ns] of valuesNs.entries()) {
    const bound = BOUNDS_NS.findIndex((each) => ns <= each);
    const bucket = bound < 0 ? BOUNDS_NS.length : bound;
    buckets[bucket]! += 1;
    exemplars.set(bucket, { requestId: `request-${serial}-${series.measure}`, ns, timeMs: timeMs + serial });
  }
  return { series, buckets, count: valuesNs.length, sumNs: valuesNs.reduce((sum, ns) => sum + ns, 0), exemplars };
}

export const snapshot = (timeMs: number): Snapshot => ({
  timeMs,
  step: 1234,
  process: {
    version: '0.1.0',
    uptimeS: 1234,
    draining: false,
    workers: 3,
    workersBusy: 2,
    workersLost: 1,
    queriesWaiting: 4,
  },
  load: { rung: 'full', rungNo: 0, concurrencyLimit: 100, queueStands: false, shed: { queue: 0, concurrency: 2 } },
  perSecond: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 1])) as Record<Outcome, number>,
  latency: { p50Ms: 4, p90Ms: 9, p95Ms: 20, p99Ms: 60, p999Ms: 110, maxMs: 130 },
  queueMsP95: 3,
  objectives: [
    {
      name: 'search-availability',
      indicator: 'availability',
      thresholdMs: null,
      endpoints: ['/search', '/search/batch'],
      targetPercent: 99.5,
      windowDays: 28,
      good: 995_000,
      total: 1_000_000,
      attainedPercent: 99.5,
      budgetLeftPercent: -12.5,
      burns: [
        { severity: 'critical', longS: 3600, shortS: 300, burnMax: 14.4, burnLong: 2, burnShort: 1.5, firing: false },
        { severity: 'high', longS: 21_600, shortS: 1800, burnMax: 6, burnLong: 7, burnShort: 8.25, firing: true },
        { severity: 'medium', longS: 86_400, shortS: 7200, burnMax: 3, burnLong: null, burnShort: null, firing: false },
        { severity: 'low', longS: 259_200, shortS: 21_600, burnMax: 1, burnLong: 0, burnShort: 7, firing: false },
      ],
    },
    {
      name: 'search-latency',
      indicator: 'latency',
      thresholdMs: 800,
      endpoints: ['/search'],
      targetPercent: 95,
      windowDays: 28,
      good: 0,
      total: 0,
      attainedPercent: null,
      budgetLeftPercent: 100,
      burns: [],
    },
  ],
  detectors: [
    {
      detector: 'errors',
      incident: 'high_error_rate',
      firing: true,
      severity: 'high',
      sinceS: 12,
      level: 1.75,
      why: 'Failures',
      numbers: {},
    },
    {
      detector: 'slowness',
      incident: 'high_latency',
      firing: false,
      severity: null,
      sinceS: null,
      level: 0.25,
      why: 'Calm',
      numbers: {},
    },
  ],
  cache: { enabled: true, lookupsPerSecond: 40, hitPercent: 62.5, entries: 900, bytes: 4_000_000, bytesMax: 2 ** 26 },
  limits: { limitedPerSecond: 0, shedPerSecond: 0, talkers: [] },
  memory: {
    residentBytes: 700_000_000,
    bytesMax: 2 ** 30,
    heapBytes: 80_000_000,
    externalBytes: 20_000_000,
    sharedIndexBytes: 300_000_000,
  },
  cpuShare: 0.375,
  loop: { delayMsMax: 12, utilisation: 0.25, gcShare: 0.01 },
  index: {
    generation: '20260131T080000-abcdef',
    createdAt: '2026-01-31T08:00:00.000Z',
    posts: 1200,
    passages: 4800,
    bytes: 9_000_000,
  },
  changes: {
    ...{ documents: 0, oldestS: null, invisible: 0, withoutVectors: 0 },
    ...{ journalBytes: 0, merging: false, fault: null },
  },
  models: {
    embedder: { name: 'embedder-small', state: 'ready' },
    reranker: { name: 'reranker-tiny', state: 'failed' },
  },
  incidents: [
    { id: '1', type: 'high_error_rate', severity: 'high', state: 'open', openedMs: timeMs, summary: 'Failures' },
    { id: '2', type: 'high_error_rate', severity: 'high', state: 'open', openedMs: timeMs, summary: 'More of them' },
    { id: '3', type: 'model_failure', severity: 'medium', state: 'open', openedMs: timeMs, summary: 'A model' },
  ],
  arms: [{ arm: 'control', sharePercent: 100, requests: 900, bad: 3, latency: null }],
  canary: { stop: null, experiments: [] },
  lost: { api_errors: 3, slo_metrics: 0 },
});

export function metricsState(seed: number, nowMs: number): MetricsState {
  const random = seeded(seed);
  return {
    startedMs: nowMs - 1_234_500,
    totals: SERIES.map((series) =>
      totalsOf(
        series,
        Array.from({ length: 50 + Math.floor(random() * 400) }, () => latencyNs(random)),
        nowMs - 60_000,
      ),
    ),
    events: new Map([
      ['degraded;rerank_failed', 7],
      ['degraded;dense_language', 21],
      ['lost;slo_metrics', 2],
      ['cache;error', 1],
    ]),
    snapshot: snapshot(nowMs),
  };
}
