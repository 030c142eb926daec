import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { runLoad } from '../../bench/serving/index.ts';

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

/** Answers with a body that arrives in two pieces, and counts. */
async function listen(status = 200): Promise<{ port: number; asked: Map<string, number>; mostAtOnce: () => number }> {
  const asked = new Map<string, number>();
  let atOnce = 0;
  let most = 0;
  server = createServer((request, response) => {
    asked.set(request.url!, (asked.get(request.url!) ?? 0) + 1);
    atOnce += 1;
    most = Math.max(most, atOnce);
    const body = 'x'.repeat(20_000);
    response.writeHead(status, { 'content-length': body.length });
    response.write(body.slice(0, 7));
    setImmediate(() => {
      response.end(body.slice(7));
      atOnce -= 1;
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, asked, mostAtOnce: () => most };
}

test('closed loop: every request is counted once, paths take turns, and no connection has two under way', async () => {
  const { port, asked, mostAtOnce } = await listen();
  const report = await runLoad({ port, paths: ['/a', '/b'], connections: 3, seconds: 0.1, requestsPerSecond: null });
  expect(report.requests).toBeGreaterThan(3);
  expect([asked.get('/a'), asked.get('/b')]).toEqual(report.answered);
  expect(report.answered[0]! + report.answered[1]!).toBe(report.requests);
  expect(Math.abs(report.answered[0]! - report.answered[1]!)).toBeLessThanOrEqual(1);
  expect(mostAtOnce()).toBeLessThanOrEqual(3);
  expect(report.p50Ms).toBeLessThanOrEqual(report.p99Ms);
});

test('open loop: as many requests are sent as were due, whatever the server does', async () => {
  const { port } = await listen();
  const report = await runLoad({ port, paths: ['/a'], connections: 2, seconds: 0.2, requestsPerSecond: 100 });
  expect(report.requests).toBe(20);
});

test('a refusal ends the load: it would be quick, and flatter', async () => {
  const { port } = await listen(503);
  const load = runLoad({ port, paths: ['/a'], connections: 1, seconds: 0.1, requestsPerSecond: null });
  await expect(load).rejects.toThrow('Status 503: /a');
});
