import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectiveStatus, Timeline } from '../../../ops/snapshot.ts';
import type { Verdict } from '../../../ops/verdict.ts';
import { ask, type Problem, post } from '../../support/client.ts';
import { afterStep, listenTo } from '../../support/dashboard-events.ts';
import { RawConnection } from '../../support/raw-http.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

type Outcomes = Record<string, Record<string, number>>;

const outcomesOf = async ({ url }: ServerProcess, endpoint: string): Promise<Record<string, number>> => {
  const { body } = await ask<{ endpoints: Record<string, { outcomes: Outcomes[string] }> }>(`${url}/stats/metrics`);
  return body.endpoints[endpoint]?.outcomes ?? {};
};

/** Resolves when the endpoint has so many of that outcome. */
const reached = (server: ServerProcess, endpoint: string, outcome: string, count: number): Promise<void> =>
  until(async () => (await outcomesOf(server, endpoint))[outcome] === count);

describe('a judged server', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startSampleServer({ set: ['ops.eventStreamsMax=2', 'server.workers=1'] });
  });
  afterAll(() => server?.stop());

  it('a client that leaves before its answer is counted as aborted, once', async () => {
    const body = JSON.stringify({ query: 'speed up the database' });
    for (let n = 1; n <= 3; n++) {
      const socket = connect(server.port, '127.0.0.1');
      socket.write(
        `POST /search HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length + 1}\r\n\r\n${body}`,
      );
      await new Promise((resolve) => socket.once('connect', resolve));
      // The body lacks a byte, so the answer cannot be there before the client is gone.
      await ask(`${server.url}/stats/health`);
      socket.destroy();
      await reached(server, '/search', 'aborted', n);
    }
    expect(await outcomesOf(server, '/search')).toMatchObject({ aborted: 3, answered: 0 });
  });

  it('each of a batch is a query of its own; the request is one, too', async () => {
    const queries = ['redis', 'backup', 'cache'].map((query) => ({ query, mode: 'bm25', rerank: false }));
    await post(`${server.url}/search/batch`, { queries });
    expect(await outcomesOf(server, '/search/batch')).toMatchObject({ answered: 1 });
    expect(await outcomesOf(server, '/search/batch#query')).toMatchObject({ answered: 3 });
  });

  it('/stats/slo tells the objectives and what every detector says', async () => {
    await ask(`${server.url}/search?q=redis&mode=bm25&rerank=false`);
    await afterStep(server.url);
    const { body } = await ask<{ time: string; objectives: ObjectiveStatus[]; detectors: Verdict[] }>(
      `${server.url}/stats/slo`,
    );
    expect(new Date(body.time).toISOString()).toBe(body.time);
    expect(body.objectives.map(({ indicator, targetPercent }) => [indicator, targetPercent])).toEqual([
      ['availability', 99.5],
      ['latency', 95],
      ['latency', 99],
    ]);
    expect(body.detectors.length).toBeGreaterThanOrEqual(8);
    for (const { why, firing, level } of body.detectors) {
      expect(why).not.toBe('');
      expect(firing).toBe(false);
      expect(level).toBeGreaterThanOrEqual(0);
    }
  });

  it('/stats/cache, /stats/rate-limit and /stats/ab tell what there is', async () => {
    await ask(`${server.url}/search?q=redis&mode=bm25&rerank=false`);
    await ask(`${server.url}/search?q=redis`);
    await afterStep(server.url);
    expect((await ask(`${server.url}/stats/cache`)).body).toMatchObject({
      enabled: true,
      hitPercent: expect.any(Number),
    });
    expect((await ask(`${server.url}/stats/rate-limit`)).body).toMatchObject({
      talkers: [{ client: '127.0.0.1', errorMax: 0 }],
    });
    const { body } = await ask<{
      arms: { arm: string; requests: number; rerank: Record<string, { requests: number } | null> }[];
    }>(`${server.url}/stats/ab`);
    expect(body.arms.map(({ arm }) => arm)).toEqual(['control']);
    expect(body.arms[0]!.rerank['done']!.requests).toBeGreaterThanOrEqual(1);
    expect(body.arms[0]!.rerank['none']!.requests).toBeGreaterThanOrEqual(1);
  });

  it('dashboards hear of every step, are bounded in number, and leave room when they go', async () => {
    const first = await listenTo(server.url);
    const second = await listenTo(server.url);
    const steps = [await first.next(), await first.next(), await first.next()].map((snapshot) => snapshot!.step);
    expect(steps).toEqual([steps[0], steps[0]! + 1, steps[0]! + 2]);
    const refused = await ask<Problem>(`${server.url}/dashboard/events`);
    expect([refused.status, refused.body.code]).toEqual([503, 'overloaded']);
    await second.close();
    let third = null;
    while (third === null) third = await listenTo(server.url).catch(() => null);
    expect((await third.next())!.step).toBeGreaterThan(steps[0]!);
    await Promise.all([first.close(), third.close()]);
    const head = await RawConnection.open(server.port);
    for (let n = 0; n < 5; n++) {
      head.send('HEAD /dashboard/events HTTP/1.1\r\nhost: localhost\r\n\r\n');
      expect((await head.next(true))?.status).toBe(200);
    }
    head.close();
    await (await listenTo(server.url)).close();
  });

  it('the timeline has a column for each interval, and refuses ranges it does not know', async () => {
    await ask(`${server.url}/search?q=redis&mode=bm25&rerank=false`);
    await afterStep(server.url);
    const { body } = await ask<Timeline>(`${server.url}/stats/timeline?range=5m`);
    expect([body.resolutionS, body.startS.length, body.p95Ms.length]).toEqual([1, 300, 300]);
    expect(body.perSecond.answered.some((rate) => rate > 0)).toBe(true);
    expect(body.curve.at(-1)![0]).toBe(100);
    const refused = await ask<Problem>(`${server.url}/stats/timeline?range=2y`);
    expect([refused.status, refused.body.errors]).toEqual([
      400,
      [{ field: 'range', value: '2y', expected: 'one of 5m, 1h, 24h, 28d' }],
    ]);
  });

  it('/metrics in both formats, /stats/histograms in every one, count the same requests', async () => {
    for (let n = 0; n < 5; n++) await ask(`${server.url}/search?q=redis&mode=bm25&rerank=false`);
    await afterStep(server.url);
    const answered = (await outcomesOf(server, '/search'))['answered']!;
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const open = await fetch(`${server.url}/metrics`, {
      headers: { accept: 'application/openmetrics-text; version=1.0.0' },
    });
    expect(open.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const openText = await open.text();
    expect(openText.endsWith('# EOF\n')).toBe(true);
    for (const exposition of [text, openText])
      expect(exposition).toMatch(
        new RegExp(`wp_chat_requests_total\\{endpoint="/search",outcome="answered"\\} ${answered}`),
      );
    expect(openText).toContain('# {trace_id="');
    const only = 'measure=total&endpoint=%2Fsearch&outcome=answered';
    const json = (await (await fetch(`${server.url}/stats/histograms?${only}`)).json()) as {
      intervals: { series: { count: number }[] }[];
    };
    const counted = json.intervals.flatMap(({ series }) => series).reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(answered);
    const hgrm = await (await fetch(`${server.url}/stats/histograms?format=percentiles&${only}`)).text();
    expect(hgrm).toMatch(new RegExp(`Total count\\s*=\\s*${answered}\\b`));
    const hlog = await fetch(`${server.url}/stats/histograms?format=hlog&${only}`);
    expect(hlog.headers.get('content-disposition')).toMatch(/^attachment; filename="wp-chat-[^"]+\.hlog"$/);
    expect(await hlog.text()).toContain('Tag=total;/search;answered;');
  });

  it.each([
    ['from=now&to=-1h', 'from'],
    ['from=-10y', 'from'],
    ['from=-5m&to=-10m', 'to'],
    ['format=xml', 'format'],
    ['nonesuch=1', 'nonesuch'],
  ])('a range or selector that is not right is refused: %s', async (query, field) => {
    const { status, body } = await ask<Problem>(`${server.url}/stats/histograms?${query}`);
    expect([status, body.code, body.errors?.[0]?.field]).toEqual([400, 'request_invalid', field]);
  });
});

it('a server that stops ends the dashboards, writes its history, and the next one has it', async () => {
  const logs = mkdtempSync(join(tmpdir(), 'wp-chat-kept-'));
  const first = await startSampleServer({ set: [`logs.directory=${logs}`] });
  for (let n = 0; n < 4; n++) await ask(`${first.url}/search?q=redis&mode=bm25&rerank=false`);
  const listening = await listenTo(first.url);
  await listening.next();
  expect(await first.stop()).toBe(0);
  let last = await listening.next();
  while (last !== null) last = await listening.next();
  const names = readdirSync(join(logs, 'history')).map((name) => name.split('-')[0]);
  expect(new Set(names)).toEqual(new Set(['1s', '10s', '60s', '3600s']));
  expect(readFileSync(join(logs, 'slo_metrics.jsonl'), 'utf8')).toContain('"/search"');

  const second = await startSampleServer({ set: [`logs.directory=${logs}`] });
  const { body } = await ask<Timeline>(`${second.url}/stats/timeline?range=5m`);
  expect(Math.round(body.perSecond.answered.reduce((sum, rate) => sum + rate * body.resolutionS, 0))).toBe(4);
  await second.stop();
  rmSync(logs, { recursive: true });
});

it('a page that asks again while the server drains is refused, and the drain does not wait for it', async () => {
  const server = await startSampleServer();
  const body = '{"query":"redis"}';
  const slow = await RawConnection.open(server.port);
  slow.send(
    `POST /search HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(1)}`,
  );
  const [page, probe] = [await RawConnection.open(server.port), await RawConnection.open(server.port)];
  const get = (connection: RawConnection, path: string) => {
    connection.send(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    return connection.next();
  };
  await get(page, '/stats/health');
  const stopped = server.stop();
  while ((await get(probe, '/stats/health/ready'))?.status !== 503);
  const refused = await get(page, '/dashboard/events');
  expect([refused?.status, (JSON.parse(String(refused?.body)) as Problem).code]).toEqual([503, 'draining']);
  slow.send('}');
  expect((await slow.next())?.status).toBe(400);
  expect(await stopped).toBe(0);
});

it('with the judge off nothing is recorded, and everything still answers', async () => {
  const logs = mkdtempSync(join(tmpdir(), 'wp-chat-off-'));
  const server = await startSampleServer({ set: ['ops.enabled=false', `logs.directory=${logs}`] });
  expect((await ask(`${server.url}/search?q=redis&mode=bm25&rerank=false`)).status).toBe(200);
  for (const path of ['metrics', 'slo', 'cache', 'rate-limit', 'ab', 'device', 'timeline'])
    expect((await ask(`${server.url}/stats/${path}`)).status, path).toBe(200);
  expect(Object.values(await outcomesOf(server, '/search')).some((count) => count > 0)).toBe(false);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(200);
  await server.stop();
  // A line about a minute that nobody looked at would be the last word of `wp-chat slo status`.
  expect(existsSync(join(logs, 'slo_metrics.jsonl'))).toBe(false);
  rmSync(logs, { recursive: true });
});
