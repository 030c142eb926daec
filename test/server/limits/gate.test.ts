import { describe, expect, it } from 'vitest';
import { count, openDesk } from './support.ts';

const STRICT = { maxRequests: 10, windowSeconds: 10, burst: 5, autoBlock: { enabled: false } };

describe('the limit of a client', () => {
  it('lets a burst through, then one a period, and tells it in both families of headers', async () => {
    const { ask, clock, searches } = openDesk(STRICT);
    const first = await ask('GET', '/search');
    expect(first.headers).toEqual({
      'x-own': '1',
      'ratelimit-policy': '"default";q=5;w=5',
      ratelimit: '"default";r=4;t=1',
      'x-ratelimit-limit': '5',
      'x-ratelimit-remaining': '4',
      'x-ratelimit-reset': '1',
    });
    expect(await searches(4)).toEqual([200, 200, 200, 200]);
    const refused = await ask('GET', '/search', { headers: { 'x-request-id': 'mine' } });
    expect(refused).toMatchObject({
      status: 429,
      headers: {
        'retry-after': '1',
        'ratelimit-policy': '"default";q=5;w=5',
        ratelimit: '"default";r=0;t=5',
        'x-ratelimit-remaining': '0',
        'x-request-id': 'mine',
      },
      body: { code: 'rate_limited', status: 429, requestId: 'mine' },
    });
    clock.passS(0.999);
    expect(await searches(1)).toEqual([429]);
    clock.passS(0.001);
    expect(await searches(2)).toEqual([200, 429]);
  });

  it('is of searches and of what is told of them: nothing else counts or is refused', async () => {
    const { ask, searches } = openDesk(STRICT);
    expect(count(await searches(9), 429)).toBe(4);
    for (const path of ['/stats/health', '/stats/metrics', '/metrics', '/dashboard']) {
      const { status, headers } = await ask('GET', path);
      expect([path, status, headers['ratelimit']]).toEqual([path, 200, undefined]);
    }
    for (const path of ['/search', '/feedback']) expect((await ask('POST', path)).status).toBe(429);
  });

  it('is one for all addresses of a /64, and for both ways to write an IPv4 address', async () => {
    const { searches } = openDesk(STRICT);
    await searches(5, { client: '2001:db8:1:2::1' });
    expect(await searches(1, { client: '2001:0db8:0001:0002:ffff:0000:0000:0009' })).toEqual([429]);
    expect(await searches(1, { client: '2001:db8:1:3::1' })).toEqual([200]);
    await searches(5, { client: '0000:0000:0000:0000:0000:ffff:c633:6401' });
    expect(await searches(1, { client: '198.51.100.1' })).toEqual([429]);
    expect(await searches(1, { client: '198.51.100.2' })).toEqual([200]);
  });

  it('follows the API key where there is one, wherever it is used', async () => {
    const { searches } = openDesk(STRICT, ({ headers }) => headers.get('x-api-key') ?? null);
    const key = { headers: { 'x-api-key': 'shop' } };
    await searches(3, key);
    expect(await searches(3, { ...key, client: '198.51.100.1' })).toEqual([200, 200, 429]);
    expect(await searches(1, { headers: { 'x-api-key': 'blog' } })).toEqual([200]);
    expect(await searches(1)).toEqual([200]);
  });

  it('is not for exempt addresses, loopback by default, and for nobody when off', async () => {
    const { searches, ask } = openDesk(STRICT);
    expect(count(await searches(20, { client: '127.0.0.1' }), 200)).toBe(20);
    expect(count(await searches(20, { client: '::1' }), 200)).toBe(20);
    expect((await ask('GET', '/search', { client: '127.0.0.1' })).headers['ratelimit']).toBeUndefined();
    expect(count(await openDesk({ ...STRICT, exempt: '' }).searches(20, { client: '127.0.0.1' }), 200)).toBe(5);
    expect(count(await openDesk({ ...STRICT, enabled: false }).searches(20), 200)).toBe(20);
  });
});

describe('a batch', () => {
  const batch = (queries: number) => ({ body: { queries: Array.from({ length: queries }, () => ({ q: 'x' })) } });

  it('counts as many as it has queries, and passes whole or not at all', async () => {
    const { ask, handled } = openDesk(STRICT);
    const first = await ask('POST', '/search/batch', batch(3));
    expect([first.status, first.headers['ratelimit']]).toEqual([200, '"default";r=2;t=3']);
    const refused = await ask('POST', '/search/batch', batch(3));
    expect([refused.status, refused.headers['ratelimit'], refused.headers['retry-after']]).toEqual([
      429,
      '"default";r=2;t=3',
      '1',
    ]);
    expect((await ask('POST', '/search/batch', batch(2))).status).toBe(200);
    expect(handled.get('/search/batch')).toBe(2);
  });

  it('that could never pass is told how many could', async () => {
    const { ask } = openDesk(STRICT);
    const { status, body } = await ask('POST', '/search/batch', batch(50));
    expect([status, body['detail']]).toEqual([
      429,
      'A batch of 50 is more than may be asked at once: send at most 5 queries',
    ]);
  });

  it('that will be refused as a whole counts as one', async () => {
    for (const asking of [
      { body: { queries: 'x' } },
      { body: null },
      batch(101),
      {},
      { ...batch(3), headers: { 'content-type': 'text/plain' } },
    ]) {
      const { ask } = openDesk(STRICT);
      expect((await ask('POST', '/search/batch', asking)).headers['x-ratelimit-remaining']).toBe('4');
    }
  });
});

describe('what the limiter says of itself', () => {
  it('names the policy, what it refused, the table and the blocks', async () => {
    const { limits, searches } = openDesk({ ...STRICT, keysMax: 2048 });
    await searches(7);
    expect(limits.status()).toEqual({
      enabled: true,
      policy: {
        name: 'default',
        maxRequests: 10,
        windowSeconds: 10,
        burst: 5,
        since: '2026-01-01T00:00:05.000Z',
        until: null,
      },
      refused: { default: 2, adjusted: 0 },
      table: { places: 2048, used: 1, bytes: 32_768, washedOut: 0 },
      forwardedByStrangers: 0,
      blocks: { count: 0, latest: [] },
    });
  });
});
