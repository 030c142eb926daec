import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EndpointMetrics } from '../../../ops/index.ts';
import { ask, type Problem, post } from '../../support/client.ts';
import { afterStep } from '../../support/dashboard-events.ts';
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
/** Those that happened. */
const outcomes = async (endpoint: string): Promise<Record<string, number>> =>
  Object.fromEntries(
    Object.entries((await metrics()).endpoints[endpoint]?.outcomes ?? {}).filter(([, count]) => count > 0),
  );

it('every request is counted once, under its route, by how it ended', async () => {
  const good = `${server.url}/search?q=redis&mode=bm25&rerank=false`;
  for (let n = 0; n < 7; n++) await ask(good);
  await ask(good, { method: 'HEAD' });
  for (let n = 0; n < 5; n++) await ask(`${server.url}/search?q=`);
  await post(`${server.url}/search`, { q: 'a', nonesuch: 1 });
  await ask(`${server.url}/search?q=a`, { headers: { accept: 'text/html' } });
  expect(await outcomes('/search')).toEqual({ answered: 8, invalid: 7 });

  for (let n = 0; n < 3; n++) await post(`${server.url}/search/batch`, { queries: [{ q: '' }] });
  await post(`${server.url}/search/batch`, { queries: [] });
  expect(await outcomes('/search/batch')).toEqual({ answered: 3, invalid: 1 });
  expect(await outcomes('/search/batch#query')).toEqual({ invalid: 3 });

  for (let n = 0; n < 4; n++) await ask(`${server.url}/nowhere/${n}`);
  expect(await outcomes('other')).toEqual({ invalid: 4 });

  await ask(`${server.url}/search`, { method: 'DELETE' });
  expect(await outcomes('/search')).toEqual({ answered: 8, invalid: 8 });
  await ask(`${server.url}/search/batch`, { method: 'POST', body: ' '.repeat(2 ** 20 + 1) });
  expect(await outcomes('/search/batch')).toEqual({ answered: 3, invalid: 2 });

  const { endpoints } = await metrics();
  expect(Object.keys(endpoints).sort()).toEqual([
    '/search',
    '/search/batch',
    '/search/batch#query',
    '/stats/metrics',
    'other',
  ]);
  for (const [name, { requests, outcomes: counts }] of Object.entries(endpoints))
    expect(requests, name).toBe(Object.values(counts).reduce((sum, count) => sum + count, 0));
});

it('percentiles come with the next step of the judge, and rise', async () => {
  await ask(`${server.url}/search?q=redis&mode=bm25&rerank=false`);
  await afterStep(server.url);
  const latency = (await metrics()).endpoints['/search']?.latency ?? null;
  const values = Object.values(latency!);
  expect(values).toHaveLength(6);
  expect(values).toEqual(values.toSorted((a, b) => a - b));
  expect(values[0]).toBeGreaterThan(0);
});

it('what a full queue refuses is counted as shed, with Retry-After, and makes no line in the log', async () => {
  const before = await outcomes('/search');
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
    answered: before['answered']! + 12 - refused.length,
    shed: refused.length,
  });
  expect(existsSync(join(server.logs, 'api_errors.log'))).toBe(false);
  expect(await metrics()).toMatchObject({ queriesWaiting: 0, workersLost: 0, errorLinesLost: 0 });
});

it('a deadline that passes is counted as one', async () => {
  const before = await outcomes('/search');
  const headers = { 'x-request-deadline-ms': '1' };
  const replies = await Promise.all(
    Array.from({ length: 3 }, (_, n) => post(`${server.url}/search`, { q: `slow admin pages ${n}` }, { headers })),
  );
  const late = replies.filter(({ status }) => status === 504).length;
  expect(late).toBeGreaterThan(0);
  expect(await outcomes('/search')).toEqual({
    ...before,
    answered: before['answered']! + 3 - late,
    deadline: late,
  });
});
