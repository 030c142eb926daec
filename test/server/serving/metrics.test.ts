import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EndpointMetrics } from '../../../ops/index.ts';
import { ask, type Problem, post } from '../../support/client.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';

interface Metrics {
  readonly endpoints: Readonly<Record<string, EndpointMetrics>>;
  readonly queriesWaiting: number;
  readonly workersLost: number;
  readonly errorLinesLost: number;
}

let server: ServerProcess;
beforeAll(async () => {
  server = await startSampleServer({ set: ['server.queueQueriesMax=2'] });
});
afterAll(() => server.stop());

const metrics = async (): Promise<Metrics> => (await ask<Metrics>(`${server.url}/stats/metrics`)).body;
const outcomes = async (endpoint: string) => (await metrics()).endpoints[endpoint]?.outcomes;

it('every request is counted once, under its route, by how it ended', async () => {
  const good = `${server.url}/search?q=redis&mode=bm25&rerank=false`;
  for (let n = 0; n < 7; n++) await ask(good);
  await ask(good, { method: 'HEAD' });
  for (let n = 0; n < 5; n++) await ask(`${server.url}/search?q=`);
  await post(`${server.url}/search`, { q: 'a', nonesuch: 1 });
  await ask(`${server.url}/search?q=a`, { headers: { accept: 'text/html' } });
  expect(await outcomes('/search')).toEqual({ ok: 8, client_error: 7, server_error: 0 });

  for (let n = 0; n < 3; n++) await post(`${server.url}/search/batch`, { queries: [{ q: '' }] });
  await post(`${server.url}/search/batch`, { queries: [] });
  expect(await outcomes('/search/batch')).toEqual({ ok: 3, client_error: 1, server_error: 0 });
  expect(await outcomes('/search/batch#query')).toEqual({ ok: 0, client_error: 3, server_error: 0 });

  for (let n = 0; n < 4; n++) await ask(`${server.url}/nowhere/${n}`);
  expect(await outcomes('other')).toEqual({ ok: 0, client_error: 4, server_error: 0 });

  await ask(`${server.url}/search`, { method: 'DELETE' });
  expect(await outcomes('/search')).toEqual({ ok: 8, client_error: 8, server_error: 0 });
  await ask(`${server.url}/search/batch`, { method: 'POST', body: ' '.repeat(2 ** 20 + 1) });
  expect(await outcomes('/search/batch')).toEqual({ ok: 3, client_error: 2, server_error: 0 });

  const { endpoints } = await metrics();
  expect(Object.keys(endpoints).sort()).toEqual([
    '/search',
    '/search/batch',
    '/search/batch#query',
    '/stats/metrics',
    'other',
  ]);
  for (const [name, { requests, outcomes: counts, ...percentiles }] of Object.entries(endpoints)) {
    expect(requests, name).toBe(counts.ok + counts.client_error + counts.server_error);
    const { p50Ms, p95Ms, p99Ms, p999Ms, maxMs } = percentiles;
    expect([p50Ms, p95Ms, p99Ms, p999Ms, maxMs]).toEqual([p50Ms, p95Ms, p99Ms, p999Ms, maxMs].sort((a, b) => a - b));
  }
});

it('what a full queue refuses is a server error, with Retry-After, and makes no line in the log', async () => {
  const before = (await outcomes('/search'))!;
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      post<Problem>(`${server.url}/search`, { q: `speed up the database ${n}`, topk: 1 }),
    ),
  );
  const refused = replies.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(12);
  for (const { status, body, headers } of refused) {
    expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'overloaded', '1']);
  }
  expect(await outcomes('/search')).toEqual({
    ...before,
    ok: before.ok + 12 - refused.length,
    server_error: before.server_error + refused.length,
  });
  expect(existsSync(join(server.logs, 'api_errors.log'))).toBe(false);
  expect(await metrics()).toMatchObject({ queriesWaiting: 0, workersLost: 0, errorLinesLost: 0 });
});

it('a deadline that passes is a server error', async () => {
  const before = (await outcomes('/search'))!;
  const headers = { 'x-request-deadline-ms': '1' };
  const replies = await Promise.all(
    Array.from({ length: 3 }, (_, n) => post(`${server.url}/search`, { q: `slow admin pages ${n}` }, { headers })),
  );
  const late = replies.filter(({ status }) => status === 504).length;
  expect(late).toBeGreaterThan(0);
  expect(await outcomes('/search')).toEqual({
    ...before,
    ok: before.ok + 3 - late,
    server_error: before.server_error + late,
  });
});
