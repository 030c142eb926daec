import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundText, METRICS_CONTENT_TYPES, metricsText, negotiate } from '../../../ops/exports/index.ts';
import { BOUNDS_NS, type SeriesTotals } from '../../../ops/metrics/totals.ts';
import { hasPrometheus, type Prometheus, startPrometheus } from '../../support/prometheus.ts';
import { until } from '../../support/until.ts';
import { metricsState } from './metrics-state.ts';
import { readExposition } from './read-exposition.ts';

const JOBS = ['openmetrics', 'text', 'negotiated'] as const;
const state = metricsState(9, Date.now());

interface Exemplars {
  readonly data: readonly {
    readonly seriesLabels: Record<string, string>;
    readonly exemplars: readonly { labels: Record<string, string>; value: string; timestamp: number }[];
  }[];
}
interface Targets {
  readonly data: { readonly activeTargets: readonly { health: string; lastError: string; labels: { job: string } }[] };
}

describe.skipIf(!hasPrometheus)('a real Prometheus scrapes us', () => {
  const asked: string[] = [];
  let metrics: Server;
  let prometheus: Prometheus;

  beforeAll(async () => {
    metrics = createServer((request, response) => {
      const accept = request.headers.accept ?? null;
      const name = request.url!.slice(1);
      if (name === 'negotiated') asked.push(accept ?? '');
      const format = name === 'negotiated' ? negotiate(accept) : name === 'text' ? 'text' : 'openmetrics';
      response.setHeader('content-type', METRICS_CONTENT_TYPES[format]).end(metricsText(state, format));
    });
    await new Promise<void>((resolve) => metrics.listen(0, '127.0.0.1', resolve));
    const { port } = metrics.address() as AddressInfo;
    prometheus = await startPrometheus(JOBS.map((name) => ({ name, port, path: `/${name}` })));
    await until(async () => (await prometheus.query('scrape_samples_scraped > 0')).length === JOBS.length);
  });

  afterAll(async () => {
    await prometheus.stop();
    metrics.closeAllConnections();
    metrics.close();
  });

  it('asks for OpenMetrics and is understood', async () => {
    expect(asked[0]).toContain('application/openmetrics-text');
    expect(asked.map(negotiate)).toEqual(asked.map(() => 'openmetrics'));
    const { data } = await prometheus.get<Targets>('targets');
    expect(data.activeTargets.map(({ health, lastError }) => [health, lastError])).toEqual(JOBS.map(() => ['up', '']));
  });

  it.each(JOBS)('%s: takes every sample that we say, with the value that we say', async (job) => {
    const format = job === 'text' ? 'text' : 'openmetrics';
    const said = new Map<string, number>();
    const key = (name: string, labels: Readonly<Record<string, string>>): string =>
      JSON.stringify([
        name,
        Object.entries(labels)
          .filter(([, value]) => value !== '')
          .sort(),
      ]);
    for (const { samples } of readExposition(metricsText(state, format), format).values())
      for (const { name, labels, value } of samples) said.set(key(name, labels), value);
    const [scraped] = await prometheus.query(`scrape_samples_scraped{job="${job}"}`);
    expect(Number(scraped!.value[1])).toBe(said.size);
    const kept = new Map<string, number>();
    for (const { metric, value } of await prometheus.query(`{job="${job}",__name__=~"wp_chat_.+|process_.+"}`)) {
      const { __name__: name, job: _, instance, ...labels } = metric;
      kept.set(key(name!, labels), Number(value[1]));
    }
    expect(kept).toEqual(said);
  });

  const requests = state.totals.filter(({ series: { measure } }) => measure === 'total');
  const selector = (job: string, { series }: SeriesTotals): string => {
    const { measure, ...labels } = series;
    return `{job="${job}",${Object.entries(labels)
      .map(([name, value]) => `${name}="${value}"`)
      .join(',')}`;
  };

  it.each(JOBS)('%s: the share within a bound is exact, asked by the bound as it is written', async (job) => {
    for (const totals of requests) {
      for (const bound of [100_000_000, 1_000_000_000]) {
        const at = BOUNDS_NS.indexOf(bound);
        const within = totals.buckets.slice(0, at + 1).reduce((sum, count) => sum + count, 0);
        const name = 'wp_chat_request_duration_seconds';
        const [share] = await prometheus.query(
          `${name}_bucket${selector(job, totals)},le="${boundText(bound)}"} / ignoring(le) ${name}_count${selector(job, totals)}}`,
        );
        expect(Number(share!.value[1])).toBeCloseTo(within / totals.count, 12);
      }
    }
  });

  /** Linear inside the bucket that holds the rank, as Prometheus documents it. */
  function quantile(share: number, totals: readonly SeriesTotals[]): number {
    const buckets = BOUNDS_NS.map((_, at) => totals.reduce((sum, one) => sum + one.buckets[at]!, 0));
    const rank = share * totals.reduce((sum, { count }) => sum + count, 0);
    let seen = 0;
    for (const [at, count] of buckets.entries()) {
      const lower = at === 0 ? 0 : BOUNDS_NS[at - 1]! / 1e9;
      if (seen + count >= rank) return lower + ((BOUNDS_NS[at]! / 1e9 - lower) * (rank - seen)) / count;
      seen += count;
    }
    return BOUNDS_NS.at(-1)! / 1e9;
  }

  it.each(JOBS)('%s: histogram_quantile is that of our buckets', async (job) => {
    const answered = requests.filter(({ series }) => series.endpoint === '/search' && series.outcome === 'answered');
    for (const share of [0.5, 0.95, 0.99]) {
      const inside = `wp_chat_request_duration_seconds_bucket{job="${job}",endpoint="/search",outcome="answered"}`;
      const [value] = await prometheus.query(`histogram_quantile(${share}, sum by (le) (${inside}))`);
      expect(Number(value!.value[1])).toBeCloseTo(quantile(share, answered), 9);
    }
  });

  it('keeps the exemplars of OpenMetrics, each in its bucket', async () => {
    const name = encodeURIComponent('wp_chat_request_duration_seconds_bucket{job="openmetrics"}');
    const nowS = Date.now() / 1000;
    const { data } = await prometheus.get<Exemplars>(
      `query_exemplars?query=${name}&start=${nowS - 3600}&end=${nowS + 60}`,
    );
    const kept = new Map(
      data.flatMap(({ seriesLabels, exemplars }) =>
        exemplars.map(({ labels, value, timestamp }) => [
          `${seriesLabels['arm']} ${seriesLabels['endpoint']} ${seriesLabels['outcome']} ${seriesLabels['cache']} ${seriesLabels['rerank']} ${seriesLabels['le']}`,
          [labels['trace_id'], Number(value), Math.round(timestamp * 1000)],
        ]),
      ),
    );
    const said = new Map(
      requests.flatMap(({ series: { arm, endpoint, outcome, cache, rerank }, exemplars }) =>
        [...exemplars].map(([bucket, { requestId, ns, timeMs }]) => [
          `${arm} ${endpoint} ${outcome} ${cache} ${rerank} ${BOUNDS_NS[bucket] === undefined ? '+Inf' : boundText(BOUNDS_NS[bucket])}`,
          [requestId, ns / 1e9, timeMs],
        ]),
      ),
    );
    expect(kept).toEqual(said);
    expect(kept.size).toBeGreaterThan(50);
  });
});
