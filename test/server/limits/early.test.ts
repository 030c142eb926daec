/** Over a real server behind its proxy: refused before the body, at every address, and by the caller that the proxy really names. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type Problem } from '../../support/client.ts';
import { RawConnection, type RawResponse } from '../../support/raw-http.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await startSampleServer({
    set: [
      'server.limits.trustedProxies=127.0.0.1',
      'server.limits.burst=2',
      'server.limits.maxRequests=1',
      'server.limits.windowSeconds=3600',
      'server.auth.stats=open',
      'server.bodyBytesMax=1024',
    ],
  });
  const body = JSON.stringify({ address: '203.0.113.66', expires_seconds: 3600 });
  const headers = { 'content-type': 'application/json' };
  const { status } = await ask(`${server.url}/admin/rate-limit/block`, { method: 'POST', body, headers });
  expect(status).toBe(200);
});
afterAll(() => server.stop());

const FAST = '/search?q=redis&mode=bm25&rerank=false&topk=2';
const codeOf = ({ body }: RawResponse): string => (JSON.parse(body.toString()) as Problem).code;

/** The head alone of a request; the body is sent later, or never. */
async function headOnly(target: string, headers: readonly string[], bytes = 500) {
  const connection = await RawConnection.open(server.port);
  const lines = [target, 'Host: localhost', 'Content-Type: application/json', `Content-Length: ${bytes}`, ...headers];
  connection.send(`${lines.join('\r\n')}\r\n\r\n`);
  return connection;
}

const BLOCKED = 'X-Forwarded-For: 203.0.113.66';

describe('who is blocked', () => {
  it.each([
    ['GET', '/search?q=x'],
    ['GET', '/nothing/here'],
    ['GET', '/stats/health/'],
    ['GET', '/STATS/HEALTH'],
    ['PUT', '/search'],
    ['OPTIONS', '/search'],
    ['HEAD', '/search?q=x'],
    ['PATCH', '/stats/health/live/..'],
    ['DELETE', '/admin/rate-limit/block?address=203.0.113.66'],
  ])('gets the same 403 for %s %s', async (method, path) => {
    const { status, body } = await ask<Problem | null>(server.url + path, {
      method,
      headers: { 'x-forwarded-for': '203.0.113.66' },
    });
    expect([status, method === 'HEAD' ? 'blocked' : body?.code]).toEqual([403, 'blocked']);
  });

  it.each(['/stats/health', '/stats/health/live', '/stats/health/ready'])('still learns %s', async (path) => {
    expect((await ask(server.url + path, { headers: { 'x-forwarded-for': '203.0.113.66' } })).status).toBe(200);
  });

  it('is refused before the body comes, and more than the body limit is no other answer', async () => {
    for (const bytes of [500, 100_000]) {
      const connection = await headOnly('POST /search HTTP/1.1', [BLOCKED], bytes);
      const refused = (await connection.next())!;
      expect([refused.status, codeOf(refused)]).toEqual([403, 'blocked']);
      connection.close();
    }
  });

  it('the connection goes on behind the body that nobody read', async () => {
    const connection = await headOnly('POST /search HTTP/1.1', [BLOCKED], 3);
    expect((await connection.next())!.status).toBe(403);
    connection.send('{"q');
    connection.send('GET /stats/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect((await connection.next())!.status).toBe(200);
    connection.close();
  });
});

describe('before the body', () => {
  it('a wrong key is refused, and so is none where one is needed', async () => {
    const key = `wpc_000000000000.${'A'.repeat(43)}`;
    const wrong = await headOnly('POST /search/batch HTTP/1.1', [`X-Api-Key: ${key}`]);
    expect((await wrong.next())!.status).toBe(401);
    wrong.close();
    const none = await headOnly('POST /admin/cache/clear HTTP/1.1', ['X-Forwarded-For: 203.0.113.1']);
    expect((await none.next())!.status).toBe(401);
    none.close();
  });

  it('who has nothing left is told so, for one search and for a batch', async () => {
    for (let n = 0; n < 2; n++) await ask(server.url + FAST, { headers: { 'x-forwarded-for': '203.0.113.2' } });
    for (const target of ['POST /search HTTP/1.1', 'POST /search/batch HTTP/1.1']) {
      const connection = await headOnly(target, ['X-Forwarded-For: 203.0.113.2']);
      const refused = (await connection.next())!;
      expect([refused.status, codeOf(refused), refused.headers.get('ratelimit-policy')]).toEqual([
        429,
        'rate_limited',
        '"default";q=2;w=7200',
      ]);
      connection.close();
    }
  });
});

describe('lines that a client adds before those of the proxy', () => {
  /** As HAProxy does it: what the client sent stays, the truth is a line behind it. */
  const through = async (path: string, claimed: string, caller: string): Promise<RawResponse> => {
    const connection = await RawConnection.open(server.port);
    connection.send(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For:${claimed}\r\nX-Forwarded-For: ${caller}\r\n\r\n`,
    );
    const response = (await connection.next())!;
    connection.close();
    return response;
  };

  it.each(['', ' 127.0.0.1', ' 203.0.113.200', ' x'])('%j lets nobody past a block', async (claimed) => {
    // What is ready in the cache is given by another way, which must see the same.
    for (let n = 0; n < 2; n++) await ask(server.url + FAST);
    expect((await through(FAST, claimed, '203.0.113.66')).status).toBe(403);
  });

  it.each(['', ' 127.0.0.1'])('%j lets nobody past the limit', async (claimed) => {
    const caller = `198.51.100.${claimed.length}`;
    const statuses: number[] = [];
    for (let n = 0; n < 3; n++) statuses.push((await through(FAST, claimed, caller)).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it.each(['', ' 127.0.0.1'])('%j makes nobody an operator', async (claimed) => {
    expect((await through('/admin/keys', claimed, '203.0.113.3')).status).toBe(401);
  });
});

it('the busiest clients are callers, not the proxy', async () => {
  for (let n = 0; n < 5; n++) await ask(server.url + FAST, { headers: { 'x-forwarded-for': '203.0.113.77' } });
  const body = JSON.stringify({ queries: [{ q: 'redis', mode: 'bm25', rerank: false }] });
  const headers = { 'x-forwarded-for': '2001:db8:0:0::77', 'content-type': 'application/json' };
  await ask(`${server.url}/search/batch`, { method: 'POST', body, headers });
  const told = async (): Promise<string> => JSON.stringify((await ask(`${server.url}/stats/rate-limit`)).body);
  // Told after the next step of the judge.
  await expect.poll(told, { timeout: 10_000 }).toContain('203.0.113.77');
  await expect.poll(told, { timeout: 10_000 }).toContain('2001:db8::77');
});
