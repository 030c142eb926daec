/** A server under h2load while a real Prometheus scrapes it each second: all three count the same requests. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ask } from '../../support/client.ts';
import { hasPrometheus, startPrometheus } from '../../support/prometheus.ts';
import { startSampleServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

const H2LOAD = '/usr/bin/h2load';
const hasH2load = existsSync(H2LOAD);
if (!hasH2load) process.stdout.write(`Skipped, no ${H2LOAD}; install nghttp2-client\n`);

const REQUESTS = 4000;
const CLIENTS = 8;

/** What h2load says of so many requests over HTTP/1.1. */
function load(url: string): Promise<string> {
  const child = spawn(H2LOAD, ['--h1', `-n${REQUESTS}`, `-c${CLIENTS}`, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  return new Promise((resolve) => child.once('exit', () => resolve(said)));
}

describe.skipIf(!hasPrometheus || !hasH2load)('under load and scraped each second', () => {
  it('no scrape fails, and server, load generator and Prometheus agree to the request', async () => {
    const server = await startSampleServer();
    const prometheus = await startPrometheus([{ name: 'wp-chat', port: server.port, path: '/metrics' }]);
    const answered = 'wp_chat_requests_total{endpoint="/search",outcome="answered"}';
    await until(async () => (await prometheus.query(answered)).length === 1);

    const said = await load(`${server.url}/search?q=redis&mode=bm25&rerank=false`);
    expect(said).toContain(`${REQUESTS} done, ${REQUESTS} succeeded, 0 failed, 0 errored, 0 timeout`);
    const { body } = await ask<{ endpoints: Record<string, { requests: number }> }>(`${server.url}/stats/metrics`);
    expect(body.endpoints['/search']!.requests).toBe(REQUESTS);

    await until(async () => (await prometheus.query(answered))[0]?.value[1] === String(REQUESTS));
    const [scrapes] = await prometheus.query('count_over_time(up[10m])');
    expect(Number(scrapes!.value[1])).toBeGreaterThanOrEqual(2);
    expect((await prometheus.query('min_over_time(up[10m])'))[0]!.value[1]).toBe('1');
    const buckets = 'sum(wp_chat_request_duration_seconds_bucket{endpoint="/search",outcome="answered",le="+Inf"})';
    expect((await prometheus.query(buckets))[0]!.value[1]).toBe(String(REQUESTS));
    // Nothing was missed by what appeared late: the increase over all scrapes is every request.
    const [grown] = await prometheus.query(`max_over_time(${answered}[10m]) - min_over_time(${answered}[10m])`);
    expect(grown!.value[1]).toBe(String(REQUESTS));
    await Promise.all([prometheus.stop(), server.stop()]);
  });
});
