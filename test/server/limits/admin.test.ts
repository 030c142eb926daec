import { describe, expect, it } from 'vitest';
import { type Asking, openDesk, type Told } from './support.ts';

const MILD = { maxRequests: 100, windowSeconds: 1, burst: 200, autoBlock: { enabled: false } };
const ADJUST = '/admin/rate-limit/adjust';
const BLOCK = '/admin/rate-limit/block';
/** As curl -d sends it, from the machine itself. */
const operator = (body: unknown): Asking => ({
  client: '127.0.0.1',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body,
});

describe('adjusting the limit', () => {
  const runbook = operator({ max_requests: 10, window_seconds: 3600 });

  it('holds for 15 minutes, then the configured one is back without anyone doing anything', async () => {
    const { ask, clock, searches } = openDesk(MILD);
    const { status, body } = await ask('POST', ADJUST, runbook);
    expect([status, body['applied']]).toEqual([200, true]);
    expect(body['policy']).toEqual({
      name: 'adjusted',
      maxRequests: 10,
      windowSeconds: 3600,
      burst: 10,
      since: '2026-01-01T00:00:05.000Z',
      until: '2026-01-01T00:15:05.000Z',
    });
    expect(await searches(11)).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
    const refused = await ask('GET', '/search');
    expect(refused.headers).toMatchObject({
      'retry-after': '360',
      'ratelimit-policy': '"adjusted";q=10;w=3600',
      ratelimit: '"adjusted";r=0;t=3600',
    });
    clock.passS(899.9);
    expect(await searches(3)).toEqual([200, 200, 429]);
    clock.passS(0.1);
    expect((await ask('GET', '/search', { client: '203.0.113.8' })).headers['ratelimit-policy']).toMatch('"default"');
  });

  it('leaves nobody in debt by more than a burst of the limit that follows, from when it follows', async () => {
    const { ask, clock, searches } = openDesk(MILD);
    await ask('POST', ADJUST, runbook);
    await searches(12);
    clock.passS(900);
    expect(await searches(1)).toEqual([429]);
    clock.passS(0.01);
    expect(await searches(2)).toEqual([200, 429]);
    const other = openDesk(MILD);
    await other.ask('POST', ADJUST, runbook);
    await other.searches(12);
    // Nobody asks while it ends: the debt shrinks all the same.
    other.clock.passS(902);
    expect(await other.searches(200)).toEqual(Array.from({ length: 200 }, () => 200));
  });

  it('takes a burst and an expiry, and can be set back at once with everyone as new', async () => {
    const { ask, searches, limits, clock } = openDesk(MILD);
    await ask('POST', ADJUST, operator({ max_requests: 3600, window_seconds: 3600, burst: 2, expires_seconds: 60 }));
    expect(await searches(3)).toEqual([200, 200, 429]);
    clock.passS(59);
    expect(limits.status().policy).toMatchObject({ name: 'adjusted', until: '2026-01-01T00:01:05.000Z' });
    const { body } = await ask('POST', '/admin/rate-limit/reset', operator({}));
    expect(body['policy']).toMatchObject({ name: 'default', since: '2026-01-01T00:01:04.000Z', until: null });
    expect(await searches(3)).toEqual([200, 200, 200]);
    expect(limits.status().refused).toEqual({ default: 0, adjusted: 1 });
    clock.passS(10);
    expect(limits.status().policy).toMatchObject({ name: 'default' });
  });

  it('says whom it would have refused, and with preview does nothing else', async () => {
    const { ask, clock, searches, limits } = openDesk(MILD);
    for (let second = 0; second < 60; second++) {
      await searches(3, { client: '203.0.113.7' });
      if (second % 10 === 0) await searches(1, { client: '2001:db8::9' });
      clock.passS(1);
    }
    const { body } = await ask('POST', ADJUST, operator({ max_requests: 10, window_seconds: 3600, preview: true }));
    expect(body).toMatchObject({
      applied: false,
      policy: { name: 'default' },
      preview: {
        recordedSeconds: 60,
        requests: 186,
        refused: 170,
        refusedPercent: 91.4,
        clients: 2,
        clientsRefused: 1,
        worst: [{ client: '203.0.113.7', requests: 180, refused: 170 }],
      },
    });
    expect(limits.status().policy.name).toBe('default');
    clock.passS(290);
    const later = await ask('POST', ADJUST, operator({ max_requests: 10, window_seconds: 3600 }));
    expect(later.body).toMatchObject({ applied: true, preview: { recordedSeconds: 300, requests: 31 } });
  });

  it.each([
    [{}, 'max_requests'],
    [{ max_requests: 0, window_seconds: 1 }, 'max_requests'],
    [{ max_requests: 10, window_seconds: 1.5 }, 'window_seconds'],
    [{ max_requests: 10, window_seconds: 1, expires_seconds: 0 }, 'expires_seconds'],
    [{ max_requests: 10, window_seconds: 1, expires: 1 }, 'expires'],
    [{ max_requests: 1, window_seconds: 86_400, burst: 1000 }, 'burst'],
    [[], 'body'],
  ])('refuses %j, naming %s', async (input, field) => {
    const { ask, limits } = openDesk(MILD);
    const { status, body } = await ask('POST', ADJUST, operator(input));
    expect([status, body['code']]).toEqual([400, 'request_invalid']);
    expect((body['errors'] as { field: string }[]).map((fault) => fault.field)).toContain(field);
    expect(limits.status().policy.name).toBe('default');
  });
});

describe('blocking', () => {
  const BLOCKED = { client: '203.0.113.7' };

  it('keeps a range out everywhere but from health, until it ends', async () => {
    const { ask, clock, handled, limits } = openDesk(MILD);
    const { status, body } = await ask(
      'POST',
      BLOCK,
      operator({ address: '203.0.113.99/24', expires_seconds: 3600, reason: 'flood' }),
    );
    const block = {
      address: '203.0.113.0/24',
      reason: 'flood',
      by: 'operator',
      since: '2026-01-01T00:00:05.000Z',
      until: '2026-01-01T01:00:05.000Z',
      refused: 0,
    };
    expect([status, body]).toEqual([200, { blocked: true, block }]);
    for (const path of ['/search', '/stats/metrics', '/metrics', '/dashboard']) {
      const refused = await ask('GET', path, BLOCKED);
      expect(refused).toMatchObject({ status: 403, body: { code: 'blocked', status: 403 } });
    }
    expect((await ask('POST', '/search/batch', BLOCKED)).status).toBe(403);
    expect((await ask('POST', ADJUST, BLOCKED)).status).toBe(403);
    expect((await ask('GET', '/search', { client: '::ffff:203.0.113.200' })).status).toBe(403);
    expect([...handled]).toEqual([]);
    for (const path of ['/stats/health', '/stats/health/live', '/stats/health/ready'])
      expect((await ask('GET', path, BLOCKED)).status).toBe(200);
    expect((await ask('GET', '/search', { client: '203.0.114.1' })).status).toBe(200);
    expect(limits.status().blocks).toEqual({ count: 1, latest: [{ ...block, refused: 7 }] });
    clock.passS(3600);
    expect((await ask('GET', '/search', BLOCKED)).status).toBe(200);
    expect(limits.status().blocks.count).toBe(0);
  });

  it('looks at the client behind a configured proxy, not at the proxy', async () => {
    const { ask } = openDesk({ ...MILD, trustedProxies: '10.0.0.0/8' });
    await ask('POST', BLOCK, operator({ address: '203.0.113.7' }));
    const from = (said: string) => ({ client: '10.0.0.1', headers: { 'x-forwarded-for': said } });
    expect((await ask('GET', '/search', from('203.0.113.7'))).status).toBe(403);
    expect((await ask('GET', '/search', from('203.0.113.7, 203.0.113.8'))).status).toBe(200);
  });

  it.each([
    ['in the body', operator({ address: '203.0.113.7' })],
    ['in the query', { client: '127.0.0.1', query: 'address=203.0.113.7%2F32' }],
  ])('ends when it is deleted, the address %s', async (_, asking) => {
    const { ask } = openDesk(MILD);
    await ask('POST', BLOCK, operator({ address: '203.0.113.7/32' }));
    const removed = (told: Told) => told.body;
    expect(removed(await ask('DELETE', BLOCK, asking))).toEqual({ removed: true, address: '203.0.113.7/32' });
    expect((await ask('GET', '/search', BLOCKED)).status).toBe(200);
    expect(removed(await ask('DELETE', BLOCK, asking))).toEqual({ removed: false, address: '203.0.113.7/32' });
  });

  it.each([
    ['127.0.0.1', 'a range without 127.0.0.0/8, which is never blocked'],
    ['127.99.0.0/16', 'a range without 127.0.0.0/8, which is never blocked'],
    ['::1', 'a range without ::1/128, which is never blocked'],
    ['::ffff:127.0.0.1/128', 'a range without 127.0.0.0/8, which is never blocked'],
    ['198.51.100.0/24', 'a range without 198.51.100.7/32, which is never blocked'],
    ['10.1.0.0/16', 'a range without 10.1.2.0/24, which is never blocked'],
    ['2001:db8::/48', 'a range without 2001:db8::5/128, which is never blocked'],
    ['203.0.0.0/15', 'a range no wider than /16 of IPv4, not 203.0.0.0/15'],
    ['0.0.0.0/0', 'a range no wider than /16 of IPv4, not 0.0.0.0/0'],
    ['2001:d00::/31', 'a range no wider than /32 of IPv6, not 2001:d00::/31'],
    ['::/0', 'a range no wider than /32 of IPv6, not ::/0'],
    ['203.0.113.7/33', 'an address or a CIDR range, such as 203.0.113.7/32 or 2001:db8::/48'],
    ['example.org', 'an address or a CIDR range, such as 203.0.113.7/32 or 2001:db8::/48'],
  ])('%s is refused: %s', async (address, expected) => {
    const { ask, limits } = openDesk({
      ...MILD,
      neverBlock: '198.51.100.7,2001:db8::5',
      trustedProxies: '10.1.2.0/24',
    });
    const { status, body } = await ask('POST', BLOCK, operator({ address }));
    expect([status, body['code'], body['detail']]).toEqual([400, 'request_invalid', `address: expected ${expected}`]);
    expect(limits.status().blocks.count).toBe(0);
  });

  it('the widest that may be is blocked, and one in place of another', async () => {
    const { ask, limits } = openDesk(MILD);
    for (const address of ['203.0.0.0/16', '2001:db8::/32'])
      expect((await ask('POST', BLOCK, operator({ address }))).body).toMatchObject({ blocked: true });
    await ask('POST', BLOCK, operator({ address: '203.0.99.9/16', reason: 'again' }));
    expect(limits.status().blocks.latest).toMatchObject([
      { address: '203.0.0.0/16', reason: 'again' },
      { address: '2001:db8::/32' },
    ]);
  });
});

it('a block for which there is no room is refused, and says what to do; one in place of another is not', async () => {
  const { ask, limits } = openDesk(MILD);
  const block = (at: number): Promise<Told> =>
    ask('POST', BLOCK, operator({ address: `198.51.${at >> 8}.${at & 255}` }));
  for (let at = 0; at < 10_000; at++) await block(at);
  expect(limits.status().blocks.count).toBe(10_000);
  expect(await block(10_000)).toMatchObject({
    status: 409,
    body: { code: 'blocks_full', detail: '10000 ranges are blocked already: end some, or block wider ones' },
  });
  expect((await block(77)).status).toBe(200);
  expect((await ask('GET', '/search', { client: '198.51.39.16' })).status).toBe(200);
});

describe('blocking by itself', () => {
  const settings = {
    maxRequests: 1,
    windowSeconds: 1,
    burst: 1,
    exempt: '',
    trustedProxies: '198.51.100.1',
    neverBlock: '198.51.100.2',
    autoBlock: { enabled: true, refusalsPerMinute: 60, seconds: 120 },
  };

  it('keeps out who is refused again and again, for a while', async () => {
    const { searches, clock, limits } = openDesk(settings);
    expect((await searches(62)).slice(-2)).toEqual([429, 429]);
    expect(await searches(1)).toEqual([403]);
    expect(limits.status().blocks.latest).toMatchObject([
      { address: '203.0.113.7/32', by: 'automatic', reason: 'More than 60 refusals in a minute' },
    ]);
    clock.passS(120);
    expect(await searches(1)).toEqual([200]);
  });

  it('is by /64 for IPv6', async () => {
    const { searches, limits } = openDesk(settings);
    for (let at = 0; at < 62; at++) await searches(1, { client: `2001:db8:1:2::${at}` });
    expect(limits.status().blocks.latest).toMatchObject([{ address: '2001:db8:1:2::/64' }]);
  });

  it('leaves a /64 alone that holds an address which is never blocked', async () => {
    const { searches, limits } = openDesk({ ...settings, neverBlock: '2001:db8:1:2::5' });
    for (let at = 0; at < 62; at++) await searches(1, { client: `2001:db8:1:2::a${at}` });
    expect(limits.status().blocks.count).toBe(0);
  });

  it('is not for slow refusals, nor when it is off', async () => {
    const slow = openDesk(settings);
    for (let at = 0; at < 300; at++) {
      await slow.searches(2);
      slow.clock.passS(1);
    }
    expect(slow.limits.status()).toMatchObject({ refused: { default: 300 }, blocks: { count: 0 } });
    const off = openDesk({ ...settings, autoBlock: { enabled: false } });
    await off.searches(500);
    expect(off.limits.status().blocks.count).toBe(0);
  });

  it.each([
    ['loopback', { client: '127.0.0.1' }],
    ['a private network', { client: '172.17.0.1' }],
    ['a configured proxy', { client: '198.51.100.1' }],
    ['what is never blocked', { client: '198.51.100.2' }],
    ['a proxy that nobody configured', { client: '203.0.113.7', headers: { 'x-forwarded-for': '1.2.3.4' } }],
  ])('is never for %s', async (_, asking) => {
    const { searches, limits } = openDesk(settings);
    expect((await searches(300, asking)).slice(-1)).toEqual([429]);
    expect(limits.status().blocks.count).toBe(0);
  });
});
