import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type Problem, post, type Reply } from '../../support/client.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await startSampleServer({
    // Open, so that blocks are what keeps anyone out.
    set: [
      'server.limits.trustedProxies=127.0.0.1',
      'server.limits.burst=5',
      'server.limits.maxRequests=1',
      'server.auth.stats=open',
    ],
  });
});
afterAll(() => server.stop());

const FAST = 'q=redis&mode=bm25&rerank=false&topk=2';
const from = (client: string) => ({ 'x-forwarded-for': client });
const search = (client: string): Promise<Reply<Problem>> =>
  ask<Problem>(`${server.url}/search?${FAST}`, { headers: from(client) });

interface Status {
  readonly policy: { readonly name: string; readonly burst: number; readonly until: string | null };
  readonly refused: Record<string, number>;
  readonly blocks: { readonly count: number };
  readonly talkers: unknown;
}
const status = async (): Promise<Status> => (await ask<Status>(`${server.url}/stats/rate-limit`)).body;

describe('a running server', () => {
  it('does not limit its own machine, as it comes', async () => {
    for (let at = 0; at < 8; at++) expect((await ask(`${server.url}/search?${FAST}`)).status).toBe(200);
  });

  it('limits clients behind its proxy, each for itself, and counts every query of a batch', async () => {
    const first = await search('203.0.113.1');
    expect([first.status, first.headers.get('ratelimit'), first.headers.get('ratelimit-policy')]).toEqual([
      200,
      '"default";r=4;t=1',
      '"default";q=5;w=5',
    ]);
    const queries = Array.from({ length: 6 }, () => ({ q: 'redis', mode: 'bm25', rerank: false }));
    const batch = (count: number, client: string, send: 'json' | 'msgpack') =>
      post<Problem>(
        `${server.url}/search/batch`,
        { queries: queries.slice(0, count) },
        { send, headers: from(client) },
      );
    const passed = await batch(4, '203.0.113.2', 'msgpack');
    expect([passed.status, passed.headers.get('x-ratelimit-remaining')]).toEqual([200, '1']);
    const refused = await batch(6, '203.0.113.3', 'json');
    expect([refused.status, refused.body.code]).toEqual([429, 'rate_limited']);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await status()).refused).toEqual({ default: 6, adjusted: 0 });
  });

  it("takes the runbook's command as it is printed", async () => {
    const told = execFileSync(
      'curl',
      [
        '-sS',
        '-X',
        'POST',
        `${server.url}/admin/rate-limit/adjust`,
        '-d',
        '{"max_requests": 10, "window_seconds": 3600}',
      ],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(told)).toMatchObject({
      applied: true,
      policy: { name: 'adjusted', maxRequests: 10, windowSeconds: 3600, burst: 10, until: expect.any(String) },
      preview: { worst: [], requests: 11, clients: 3 },
    });
    expect((await status()).policy.name).toBe('adjusted');
    const statuses: number[] = [];
    for (let at = 0; at < 12; at++) statuses.push((await search('203.0.113.4')).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429, 429]);
    expect((await search('203.0.113.4')).headers.get('ratelimit-policy')).toBe('"adjusted";q=10;w=3600');
    await ask(`${server.url}/admin/rate-limit/reset`, { method: 'POST' });
    expect((await search('203.0.113.4')).status).toBe(200);
    expect((await status()).policy).toMatchObject({ name: 'default', until: null });
  });

  it('keeps out whom the operator blocks, and lets in whom he lets in', async () => {
    const block = (options: RequestInit, query = '') =>
      ask<Problem>(`${server.url}/admin/rate-limit/block${query}`, options);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ address: '203.0.113.9/32', expires_seconds: 3600, reason: 'flood' });
    expect((await block({ method: 'POST', body, headers })).status).toBe(200);
    for (const path of ['/search?q=x', '/stats/metrics', '/dashboard', '/openapi.json'])
      expect((await ask<Problem>(server.url + path, { headers: from('203.0.113.9') })).body.code, path).toBe('blocked');
    expect((await ask(`${server.url}/stats/health`, { headers: from('203.0.113.9') })).status).toBe(200);
    expect((await status()).blocks.count).toBe(1);
    const self = await block({ method: 'POST', body: '{"address":"127.0.0.0/8"}', headers });
    expect([self.status, self.body.code]).toEqual([400, 'request_invalid']);
    expect((await block({ method: 'DELETE' }, '?address=203.0.113.9')).body).toMatchObject({ removed: true });
    expect((await search('203.0.113.9')).status).toBe(200);
  });

  it('counts refusals among the outcomes', async () => {
    const { body } = await ask<{ endpoints: Record<string, { outcomes: Record<string, number> }> }>(
      `${server.url}/stats/metrics`,
    );
    expect(JSON.stringify(body.endpoints)).toContain('"limited"');
  });

  it('an address that is none ends the start, named with its key', async () => {
    await expect(startSampleServer({ set: ['server.limits.exempt=127.0.0.1,10.0.0.300/8'] })).rejects.toThrow(
      /server\.limits\.exempt: expected addresses or CIDR ranges separated by commas, such as .*"10\.0\.0\.300\/8.* is none/,
    );
  });
});
