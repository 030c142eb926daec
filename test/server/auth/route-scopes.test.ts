/** Every address × everything that a caller can bring, over a real server that asks for keys everywhere. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeKeys } from '../../../server/auth/key-file.ts';
import { needOf } from '../../../server/auth/route-scopes.ts';
import { SCOPES, type Scope } from '../../../server/auth/scopes.ts';
import { allRoutes } from '../../support/all-routes.ts';
import { RawConnection } from '../../support/raw-http.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';
import { keyFor } from './arrange.ts';

/** Written by hand, and not the table of the server: what is promised. */
const SEARCH = ['search', 'admin'];
const STATS = ['stats', 'ops:read', 'admin'];
const LOOK = ['ops:read', 'ops:act', 'admin'];
const ACT = ['ops:act', 'admin'];
const BACKUP = ['backup', 'admin'];
const WRITE = ['index:write', 'admin'];
const PROMISED: Readonly<Record<string, readonly string[] | 'all'>> = {
  'GET /search': SEARCH,
  'POST /search': SEARCH,
  'POST /search/batch': SEARCH,
  'POST /feedback': SEARCH,
  'POST /ofrep/v1/evaluate/flags': SEARCH,
  'POST /ofrep/v1/evaluate/flags/:key': SEARCH,
  'GET /': 'all',
  'GET /docs': 'all',
  'GET /runbook': 'all',
  'GET /openapi.json': 'all',
  'GET /stats/health': 'all',
  'GET /stats/health/live': 'all',
  'GET /stats/health/ready': 'all',
  'GET /stats/device': STATS,
  'GET /stats/metrics': STATS,
  'GET /stats/slo': STATS,
  'GET /stats/cache': STATS,
  'GET /stats/rate-limit': STATS,
  'GET /stats/ab': STATS,
  'GET /stats/histograms': STATS,
  'GET /stats/timeline': STATS,
  'GET /metrics': STATS,
  'GET /dashboard': STATS,
  'GET /dashboard/events': STATS,
  'GET /admin/keys': ['admin'],
  'GET /admin/notify': LOOK,
  'POST /admin/notify/test': ACT,
  'POST /admin/notify/dead-letters/:seq/retry': ACT,
  'GET /admin/incidents/silences': LOOK,
  'POST /admin/incidents/silences': ACT,
  'DELETE /admin/incidents/silences': ACT,
  'POST /admin/cache/clear': ACT,
  'POST /admin/cache/enable': ACT,
  'POST /admin/cache/disable': ACT,
  'GET /admin/index/status': LOOK,
  'GET /admin/index/verify': LOOK,
  'GET /admin/index/rebuild': LOOK,
  'POST /admin/index/swap': ACT,
  'POST /admin/index/verify': ACT,
  'POST /admin/index/rebuild': ACT,
  'GET /admin/backup': BACKUP,
  'GET /admin/backup/status': BACKUP,
  'POST /admin/backup': BACKUP,
  'POST /admin/backup/undo': BACKUP,
  'POST /admin/backup/:id/verify': BACKUP,
  'POST /admin/backup/:id/drill': BACKUP,
  'POST /admin/backup/:id/restore': BACKUP,
  'DELETE /admin/backup/:id': BACKUP,
  'GET /admin/incidents/status': LOOK,
  'GET /admin/incidents/active': LOOK,
  'POST /admin/incidents/detect': ACT,
  'POST /admin/incidents/auto-detect': ACT,
  'GET /admin/incidents/:id': LOOK,
  'GET /admin/incidents/:id/procedures': LOOK,
  'POST /admin/incidents/:id/acknowledge': ACT,
  'POST /admin/incidents/:id/execute': ACT,
  'POST /admin/incidents/:id/undo': ACT,
  'POST /admin/incidents/:id/resolve': ACT,
  'POST /admin/incidents/:id/note': ACT,
  'GET /admin/incidents/:id/postmortem': LOOK,
  'PATCH /admin/incidents/:id/postmortem': ACT,
  'GET /admin/audit': ['admin'],
  'GET /documents': WRITE,
  'PUT /documents': WRITE,
  'PATCH /documents': WRITE,
  'DELETE /documents': WRITE,
  'POST /documents/bulk': WRITE,
  'GET /admin/canary/status': LOOK,
  'POST /admin/canary/enable': ACT,
  'POST /admin/canary/rollout': ACT,
  'POST /admin/canary/pause': ACT,
  'POST /admin/canary/resume': ACT,
  'POST /admin/canary/promote': ACT,
  'POST /admin/canary/abort': ACT,
  'POST /admin/canary/disable': ACT,
  'POST /admin/canary/emergency-stop': ACT,
  'POST /admin/canary/clear-emergency': ACT,
  'POST /admin/rate-limit/adjust': ACT,
  'POST /admin/rate-limit/reset': ACT,
  'POST /admin/rate-limit/block': ACT,
  'DELETE /admin/rate-limit/block': ACT,
};

const routes = allRoutes().map(({ method, path }) => ({ method, path, address: `${method} ${path}` }));
const checked = routes.filter(
  // Of the files of the pages three stand for all.
  ({ path }) => !path.startsWith('/assets/') || /(search|dashboard|theme)\.(js|css)$/.test(path),
);

const past = '2026-01-01T00:00:00Z';
const scoped = Object.fromEntries(SCOPES.map((scope) => [scope, keyFor({ scopes: [scope] })]));
const expired = keyFor({ expiresAt: past });
const revoked = keyFor({ revokedAt: past });
const elsewhere = keyFor({ from: ['203.0.113.0/24'] });
const wrong = `${keyFor().text.split('.')[0]}.${keyFor().text.split('.')[1]}`;

type Expectation = (needed: readonly string[]) => number | 'pass';
const BROUGHT: readonly [string, string | null, Expectation][] = [
  ['no key', null, () => 401],
  ['a wrong key', wrong, () => 401],
  ['a key with another’s secret', `${expired.record.id}.${revoked.text.split('.')[1]}`, () => 401],
  ['an expired key', expired.text, () => 401],
  ['a revoked key', revoked.text, () => 401],
  ['a key bound elsewhere', elsewhere.text, () => 403],
  ...SCOPES.map((scope): [string, string, Expectation] => [
    `a key for ${scope}`,
    scoped[scope]!.text,
    (needed) => (needed.includes(scope) ? 'pass' : 403),
  ]),
];

let server: ServerProcess;
beforeAll(async () => {
  const file = join(scratchFolder(), 'keys.json');
  changeKeys(file, () => [...Object.values(scoped), expired, revoked, elsewhere].map(({ record }) => record));
  const areas = ['search', 'stats', 'admin'].map((area) => `server.auth.${area}=key`);
  server = await startSampleServer({
    set: [
      `server.auth.keysFile=${file}`,
      'server.auth.failuresBurst=100000',
      `backup.target=${scratchFolder()}`,
      ...areas,
    ],
  });
});
afterAll(() => server.stop());

/** Status, challenge and code; a stream is left when it begins. */
async function ask(method: string, path: string, headers: Record<string, string>) {
  const left = new AbortController();
  const body = method === 'GET' ? {} : { body: '{}' };
  const sent = { method, headers: { 'content-type': 'application/json', ...headers }, signal: left.signal, ...body };
  const response = await fetch(server.url + path, sent);
  const { status } = response;
  const challenge = response.headers.get('www-authenticate');
  const problem = status === 401 || status === 403 ? ((await response.json()) as { code: string }).code : null;
  left.abort();
  return { status, challenge, problem };
}

it('every address that is served is in the table of needs and in this promise', () => {
  for (const { address, path, method } of routes) {
    expect(() => needOf({ method, path }), address).not.toThrow();
    if (!path.startsWith('/assets/')) expect(Object.keys(PROMISED), address).toContain(address);
  }
  expect(routes.length).toBeGreaterThan(40);
  expect(() => needOf({ method: 'POST', path: '/admin/forgotten' })).toThrow('/admin/forgotten');
  expect(() => needOf({ method: 'GET', path: '/stats/slo/more' })).toThrow('/stats/slo/more');
});

describe.each(checked)('$address', ({ method, path, address }) => {
  const needed = path.startsWith('/assets/') ? 'all' : PROMISED[address]!;
  it.each(BROUGHT)('%s', async (_, key, expectation) => {
    const expected = needed === 'all' ? 'pass' : expectation(needed);
    const offers: Record<string, string>[] =
      key === null ? [{}] : [{ authorization: `Bearer ${key}` }, { 'x-api-key': key }];
    for (const headers of offers) {
      const { status, challenge, problem } = await ask(method, path, headers);
      if (expected === 'pass') expect([401, 403, 429, 500]).not.toContain(status);
      else expect([status, problem]).toEqual([expected, expected === 401 ? 'unauthorized' : 'forbidden']);
      if (expected === 401)
        expect(challenge).toMatch(key === null ? /^Bearer realm="wp-chat"$/ : /error="invalid_token"/);
    }
  });
});

describe('whoever brings what', () => {
  it('HEAD needs what GET does; a wrong method and an unknown address tell nothing', async () => {
    expect((await fetch(`${server.url}/stats/slo`, { method: 'HEAD' })).status).toBe(401);
    expect((await ask('DELETE', '/stats/slo', {})).status).toBe(405);
    expect((await ask('GET', '/admin/nothing', {})).status).toBe(404);
  });

  it('a person who opens the dashboard is asked by the browser, a script is not', async () => {
    // By hand: fetch says itself that it is a script.
    const connection = await RawConnection.open(server.port);
    connection.send('GET /dashboard HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Mode: navigate\r\n\r\n');
    expect((await connection.next())!.headers.get('www-authenticate')).toMatch(/^Basic /);
    connection.close();
    expect((await ask('GET', '/dashboard', {})).challenge).not.toContain('Basic');
    const basic = { authorization: `Basic ${Buffer.from(`me:${scoped['stats']!.text}`).toString('base64')}` };
    expect((await ask('GET', '/dashboard', basic)).status).toBe(200);
  });

  it('a key in the address is refused with a hint', async () => {
    const response = await fetch(`${server.url}/search?q=a&key=${scoped['search']!.text}`);
    const { detail } = (await response.json()) as { detail: string };
    expect([response.status, detail]).toEqual([400, expect.stringContaining(`rotate ${scoped['search']!.record.id}`)]);
    expect(detail).not.toContain(scoped['search']!.text.split('.')[1]);
  });

  it('GET /admin/keys says what each key is for and when it was used, and no hash', async () => {
    const response = await fetch(`${server.url}/admin/keys`, { headers: { 'x-api-key': scoped['admin']!.text } });
    const text = await response.text();
    const { keys } = JSON.parse(text) as {
      keys: { id: string; scopes: Scope[]; usedAt: string | null; state: string }[];
    };
    const of = (id: string) => keys.find((key) => key.id === id)!;
    expect(of(scoped['admin']!.record.id)).toMatchObject({ state: 'active', usedAt: expect.any(String) });
    expect(of(expired.record.id)).toMatchObject({ state: 'expired', usedAt: null });
    for (const { record } of Object.values(scoped)) expect(text).not.toContain(record.sha256);
  });
});
