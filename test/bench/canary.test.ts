/** What the benchmark of canaries measures, before servers that end a canary late, or early, by a known time. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { judge } from '../../bench/canary/judgement.ts';
import { measureKill } from '../../bench/canary/kill-switch.ts';

let server: Server | null = null;
afterEach(() => {
  server?.close();
});

/** One that goes on with the canary so long after a stop was answered, and answers each question 5 ms after it came. */
async function serverWith(lateMs: number): Promise<string> {
  let stoppedMs = Number.POSITIVE_INFINITY;
  server = createServer(async (request, response) => {
    if (request.url!.endsWith('emergency-stop')) stoppedMs = performance.now() + lateMs;
    if (request.url!.endsWith('clear-emergency')) stoppedMs = Number.POSITIVE_INFINITY;
    if (request.url!.startsWith('/search')) await pause(5);
    const arm = performance.now() < stoppedMs ? 'canary' : 'control';
    response.writeHead(200, { 'x-canary': `tried=${arm};reason=split` }).end('{}');
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const SCENARIO = { name: 'late', experiment: 'tried', enable: {}, parameters: 'topk=1', end: 'disable' } as const;
const PLAN = { callers: 4, stops: 2, queries: ['one', 'two'], seed: 1 };

it('tells a server that goes on with the canary after it said that it had stopped', async () => {
  const { fromAnswerMs, fromSendingMs, lateMax, stops } = await measureKill(await serverWith(150), SCENARIO, PLAN);
  expect(stops).toBe(2);
  expect(fromAnswerMs.p50).toBeGreaterThan(100);
  expect(fromSendingMs.max).toBeGreaterThanOrEqual(fromAnswerMs.max);
  expect(lateMax).toBeGreaterThan(4);
});

it('tells a judgement that finds what is worse from one that finds what is not', () => {
  const plan = { runs: 40, requestsMax: 20_000, seed: 1 };
  const worse = judge({ name: '', shares: [0.1], times: { error: 10 } }, plan);
  const alike = judge({ name: '', shares: [0.05, 0.5], times: {} }, plan);
  expect(worse.rolledBack).toBe(40);
  expect(worse.medianRequests).toBeLessThan(1500);
  expect([alike.medianRequests, alike.rolledBack <= 3]).toEqual([null, true]);
  expect([worse.low < 1, worse.high >= 1, alike.low <= alike.rolledBack / 40]).toEqual([true, true, true]);
});
