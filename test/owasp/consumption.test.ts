/** OWASP API Security Top 10 (2023), 4 and 6: how much may one caller have, and may he take all of it? */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-http.ts';
import { openTarget, problemOf, type Target } from './arrange.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget([
    'server.auth.search=open',
    'server.limits.burst=20',
    'server.limits.maxRequests=1',
    'server.limits.windowSeconds=3600',
    'server.limits.autoBlock.refusalsPerMinute=10',
    'ops.eventStreamsMax=3',
  ]);
});
afterAll(() => target.server.stop());

const QUERY = { q: 'redis', mode: 'bm25', rerank: false };
const SEARCH = '/search?q=redis&mode=bm25&rerank=false&topk=1';

describe('API4 unrestricted resource consumption: nothing that a caller may ask for is without an end', () => {
  it.each([
    ['a body that is too large', '/search', `{"query":"${'x'.repeat(2 ** 20)}"}`, 413, 'body_too_large'],
    [
      'a body that is nested too deep',
      '/search',
      `{"query":${'['.repeat(100)}1${']'.repeat(100)}}`,
      400,
      'body_unreadable',
    ],
    ['a query that is too long', '/search', { query: 'x'.repeat(1001) }, 400, 'request_invalid'],
    ['a page that is too long', '/search', { ...QUERY, topk: 101 }, 400, 'request_invalid'],
    ['a page that is too far', '/search', { ...QUERY, offset: 1e9 }, 400, 'request_invalid'],
    ['filters without end', '/search', { ...QUERY, filters: { tag: Array(51).fill('x') } }, 400, 'request_invalid'],
    ['facets without end', '/search', { ...QUERY, facets: Array(1000).fill('tag') }, 400, 'request_invalid'],
    ['a batch that is too long', '/search/batch', { queries: Array(101).fill(QUERY) }, 400, 'request_invalid'],
  ])('%s', async (name, path, body, status, code) => {
    const refused = await target.ask('POST', path, { body, from: `192.0.2.${name.length}` });
    expect([refused.status, problemOf(refused).code]).toEqual([status, code]);
    // What is told of it stays short, whatever came.
    expect(refused.text.length).toBeLessThan(4096);
  });

  it.each([
    ['a document that is too large', 'PUT', '/documents', `{"id":"x","text":"${'x'.repeat(4 * 2 ** 20)}"}`, 413],
    ['a bulk that is too large', 'POST', '/documents/bulk', `{"delete":{"id":"${'x'.repeat(4 * 2 ** 20)}"}}`, 413],
    ['a bulk of too many lines', 'POST', '/documents/bulk', '{}\n'.repeat(1001), 413],
    ['names without end', 'PUT', '/documents', { id: 'x', text: 'x', tags: Array(1001).fill('x') }, 400],
    ['an id without end', 'PUT', '/documents', { id: 'x'.repeat(513), text: 'x' }, 400],
  ])('%s, from one who may write', async (_, method, path, body, status) => {
    const headers = { 'content-type': path.endsWith('bulk') ? 'application/x-ndjson' : 'application/json' };
    const refused = await target.ask(method, path, { key: target.keys['index:write'], headers, body });
    expect([refused.status, refused.text.length < 4096]).toEqual([status, true]);
  });

  it('what may not be written is not read: who has no key is refused before the body comes', async () => {
    const connection = await RawConnection.open(target.server.port);
    connection.send('PUT /documents HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n\r\n{');
    expect((await connection.next())!.status).toBe(401);
    connection.close();
  });

  it('a batch counts as the queries it holds, so that it is no way around the limit', async () => {
    const from = '198.51.100.40';
    const batch = (count: number) =>
      target.ask('POST', '/search/batch', { from, body: { queries: Array(count).fill(QUERY) } });
    expect([(await batch(21)).status, (await batch(15)).status, (await batch(6)).status]).toEqual([429, 200, 429]);
    const { status, headers } = await target.ask('GET', SEARCH, { from });
    expect([status, headers.get('x-ratelimit-remaining')]).toEqual([200, '4']);
  });

  it('time is what the server allows, not what the caller wants', async () => {
    for (const wanted of ['0', '-1', '1e9', 'NaN', '99999999999999999999']) {
      const { status } = await target.ask('GET', SEARCH, {
        from: '198.51.100.41',
        headers: { 'x-request-deadline-ms': wanted },
      });
      expect([wanted, status]).toEqual([wanted, Number.isInteger(Number(wanted)) && Number(wanted) >= 1 ? 200 : 400]);
    }
  });

  it('streams are as many as are allowed: a further one is told to come again', async () => {
    const left = new AbortController();
    const open = () =>
      fetch(`${target.server.url}/dashboard/events`, {
        headers: { 'x-api-key': target.keys.stats },
        signal: left.signal,
      });
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push((await open()).status);
    left.abort();
    expect(statuses).toEqual([200, 200, 200, 503]);
  });
});

describe('API6 unrestricted access to sensitive business flows: nobody takes the whole site by asking quickly', () => {
  const asked = async (count: number, of: (n: number) => Parameters<Target['ask']>): Promise<number[]> => {
    const statuses: number[] = [];
    for (let n = 0; n < count; n++) statuses.push((await target.ask(...of(n))).status);
    return statuses;
  };
  const passed = (statuses: readonly number[]): number => statuses.filter((status) => status === 200).length;

  it('one subscriber has one allowance: not one for each address of his, method, format, page or made-up header', async () => {
    const statuses = await asked(40, (n) => [
      n % 3 === 0 ? 'POST' : n % 3 === 1 ? 'GET' : 'HEAD',
      n % 3 === 0 ? '/search' : `${SEARCH}&offset=${n}`,
      {
        // Each query from another address of one /64, behind names that he puts in front himself.
        from: `192.0.2.${n}, 2001:db8:7:7::${n.toString(16)}`,
        headers: {
          accept: n % 2 === 0 ? '*/*' : 'application/msgpack',
          'user-agent': `agent ${n}`,
          'x-real-ip': `192.0.2.${n}`,
        },
        ...(n % 3 === 0 ? { body: QUERY } : {}),
      },
    ]);
    expect(passed(statuses)).toBe(20);
  });

  it('who goes on all the same is answered no more, while the operator and health are', async () => {
    const from = '198.51.100.60';
    const statuses = await asked(40, () => ['GET', SEARCH, { from }]);
    expect([passed(statuses), statuses.at(-1)]).toEqual([20, 403]);
    expect((await target.ask('GET', '/docs', { from })).status).toBe(403);
    expect((await target.ask('GET', '/stats/health/live', { from })).status).toBe(200);
    const seen = await target.ask('GET', '/stats/rate-limit', { key: target.keys.stats });
    const { blocks } = JSON.parse(seen.text) as { blocks: { latest: { address: string; by: string }[] } };
    expect(blocks.latest).toContainEqual(expect.objectContaining({ address: `${from}/32`, by: 'automatic' }));
  });
});
