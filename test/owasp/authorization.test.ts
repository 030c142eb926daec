/** OWASP API Security Top 10 (2023), 1, 2, 3 and 5: whose is it, who are you, which of its members, and may you do that? */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey, revokeKey } from '../../server/auth/key-making.ts';
import { needOf } from '../../server/auth/route-scopes.ts';
import { SCOPES } from '../../server/auth/scopes.ts';
import { answerSchema } from '../../server/wire/index.ts';
import { openTarget, problemOf, type Target } from './arrange.ts';

const BLOCK = '/admin/rate-limit/block';
const SEARCH = '/search?q=redis&mode=bm25&rerank=false&topk=1';

let target: Target;
beforeAll(async () => {
  target = await openTarget(['server.auth.failuresBurst=5', 'server.auth.failuresPerMinute=1']);
});
afterAll(() => target.server.stop());

describe('API1 broken object level authorization: an object is no one’s for knowing its id', () => {
  it('a block that is known by its range is ended by no key but those that may act', async () => {
    const { ask, keys } = target;
    const address = '203.0.113.7/32';
    expect((await ask('POST', BLOCK, { key: keys['ops:act'], body: { address } })).status).toBe(200);
    for (const scope of SCOPES.filter((one) => !['ops:act', 'admin'].includes(one))) {
      const attempt = await ask('DELETE', `${BLOCK}?address=${encodeURIComponent(address)}`, { key: keys[scope] });
      expect([scope, attempt.status]).toEqual([scope, 403]);
    }
    expect((await ask('GET', '/docs', { from: '203.0.113.7' })).status).toBe(403);
    const ended = await ask('DELETE', BLOCK, { key: keys['ops:act'], body: { address } });
    expect(JSON.parse(ended.text)).toMatchObject({ removed: true });
  });

  it('a document that is known by its id is read, changed and deleted by no key but those that may write the index', async () => {
    const { ask, keys } = target;
    const made = await ask('PUT', '/documents', { key: keys['index:write'], body: { id: 'owned', text: 'mine' } });
    expect(made.status).toBe(201);
    const attempts = [
      ['GET', '/documents?id=owned', undefined],
      ['PUT', '/documents', { id: 'owned', text: 'yours' }],
      ['PATCH', '/documents', { id: 'owned', text: 'yours' }],
      ['DELETE', '/documents?id=owned', undefined],
      ['POST', '/documents/bulk', '{"delete":{"id":"owned"}}'],
    ] as const;
    for (const scope of SCOPES.filter((one) => !['index:write', 'admin'].includes(one)))
      for (const [method, path, body] of attempts) {
        const headers = typeof body === 'string' ? { 'content-type': 'application/x-ndjson' } : {};
        const attempt = await ask(method, path, { key: keys[scope], headers, ...(body === undefined ? {} : { body }) });
        expect([scope, method, attempt.status]).toEqual([scope, method, 403]);
      }
    const still = await ask('GET', '/documents?id=owned', { key: keys['index:write'] });
    expect(JSON.parse(still.text)).toMatchObject({ document: { text: 'mine' } });
    expect((await ask('DELETE', '/documents?id=owned', { key: keys['index:write'] })).status).toBe(204);
  });

  it('the keys of others are listed to admin alone, and none has an address of its own', async () => {
    const { ask, keys } = target;
    const id = keys.admin.split('.')[0]!;
    for (const scope of SCOPES) {
      const listed = await ask('GET', '/admin/keys', { key: keys[scope] });
      expect([scope, listed.status, listed.text.includes(id)]).toEqual(
        scope === 'admin' ? [scope, 200, true] : [scope, 403, false],
      );
      for (const method of ['GET', 'DELETE', 'POST'])
        expect((await ask(method, `/admin/keys/${id}`, { key: keys[scope] })).status).toBe(404);
    }
  });

  it('posts are found by searching, not fetched by their id', async () => {
    const { ask, keys } = target;
    const { hits } = answerSchema.parse(JSON.parse((await ask('GET', SEARCH, { key: keys.search })).text));
    for (const path of [`/search/${hits[0]!.postId}`, `/posts/${hits[0]!.postId}`, `/documents/${hits[0]!.id}`])
      expect((await ask('GET', path, { key: keys.admin })).status).toBe(404);
    const byId = await ask('GET', `${SEARCH}&postId=${hits[0]!.postId}`, { key: keys.search });
    expect(problemOf(byId).errors).toMatchObject([{ field: 'postId' }]);
  });
});

describe('API2 broken authentication: a key is what it was made for, and cannot be guessed', () => {
  it('who guesses is slowed, and learns neither whether an id exists nor how near he was', async () => {
    const { ask, keys } = target;
    const guesses = [
      `${keys.search.split('.')[0]}.${'A'.repeat(43)}`,
      keys.search.slice(0, -1) + (keys.search.endsWith('A') ? 'B' : 'A'),
      `wpc_000000000000.${'A'.repeat(43)}`,
    ];
    const told = new Set<string>();
    for (const key of guesses) {
      const { status, text } = await ask('GET', SEARCH, { key, from: '198.51.100.20' });
      told.add(JSON.stringify([status, { ...JSON.parse(text), requestId: '' }]));
    }
    expect(told.size).toBe(1);
    for (let n = 0; n < 2; n++) await ask('GET', SEARCH, { key: guesses[0]!, from: '198.51.100.20' });
    const slowed = await ask('GET', SEARCH, { key: guesses[0]!, from: '198.51.100.20' });
    expect([slowed.status, Number(slowed.headers.get('retry-after')) > 10]).toEqual([429, true]);
    // Not even with the right one, that might be his next guess; elsewhere it is good all the time.
    expect((await ask('GET', SEARCH, { key: target.spare, from: '198.51.100.20' })).status).toBe(429);
    expect((await ask('GET', SEARCH, { key: keys.search })).status).toBe(200);
  });

  it('ended, elsewhere, doubled, in the address, in another scheme: none of it is a key', async () => {
    const { ask, keys, keysFile, server } = target;
    const wish = { name: 'x', scopes: ['admin'] as const, from: [], lifetimeMs: null };
    const expired = createKey(keysFile, { ...wish, lifetimeMs: 1 }, Date.now() - 1000);
    const revoked = createKey(keysFile, wish, Date.now());
    revokeKey(keysFile, revoked.record.id, Date.now());
    const bound = createKey(keysFile, { ...wish, from: ['203.0.113.0/24'] }, Date.now());
    const fresh = createKey(keysFile, wish, Date.now());
    server.child.kill('SIGHUP');
    const status = async (from: string, headers: Record<string, string>, path = '/admin/keys'): Promise<number> =>
      (await ask('GET', path, { from, headers })).status;
    await expect.poll(() => status('198.51.100.1', { 'x-api-key': fresh.key })).toBe(200);
    expect(await status('198.51.100.31', { 'x-api-key': expired.key })).toBe(401);
    expect(await status('198.51.100.32', { 'x-api-key': revoked.key })).toBe(401);
    expect(await status('198.51.100.33', { 'x-api-key': bound.key })).toBe(403);
    expect(await status('203.0.113.33, 198.51.100.33', { 'x-api-key': bound.key })).toBe(403);
    const two = { 'x-api-key': fresh.key, authorization: `Bearer ${keys.search}` };
    expect(await status('198.51.100.34', two)).toBe(401);
    expect(await status('198.51.100.35', {}, `/admin/keys?key=${fresh.key}`)).toBe(400);
    expect(await status('198.51.100.36', { authorization: `Digest ${fresh.key}` })).toBe(401);
    expect(await status('198.51.100.37', { cookie: `key=${fresh.key}` })).toBe(401);
  });
});

describe('API3 broken object property level authorization: no member is taken or told that is not meant to be', () => {
  const EXTRA = {
    deadlineAtMs: 1e15,
    arm: 'canary',
    generation: 'other',
    role: 'admin',
    scopes: ['admin'],
    constructor: { prototype: { admin: true } },
  };
  // Not as a literal member, which would set the prototype of the object.
  const PROTO = ',"__proto__":{"admin":true}}';

  it('members that nobody asked for are refused, each by its name, wherever a body is taken', async () => {
    const { ask, keys } = target;
    const bodies: readonly [string, string, object][] = [
      ['POST', '/search', { query: 'redis' }],
      ['POST', '/search/batch', { queries: [{ query: 'redis' }] }],
      ['POST', '/admin/cache/clear', {}],
      ['POST', '/admin/cache/enable', {}],
      ['POST', '/admin/cache/disable', {}],
      ['POST', '/admin/rate-limit/adjust', { max_requests: 1, window_seconds: 1 }],
      ['POST', '/admin/rate-limit/reset', {}],
      ['POST', BLOCK, { address: '203.0.113.8' }],
      ['DELETE', BLOCK, { address: '203.0.113.8' }],
      ['PUT', '/documents', { id: 'x', text: 'x' }],
      ['PATCH', '/documents', { id: 'x', title: 'x' }],
    ];
    for (const [method, path, body] of bodies) {
      const key = path.startsWith('/search')
        ? keys.search
        : path.startsWith('/documents')
          ? keys['index:write']
          : keys['ops:act'];
      for (const [name, value] of Object.entries(EXTRA)) {
        const refused = await ask(method, path, { key, body: { ...body, [name]: value } });
        expect([path, name, refused.status]).toEqual([path, name, 400]);
        expect(problemOf(refused).errors!.map(({ field }) => field)).toContain(name);
      }
      const polluted = JSON.stringify({ ...body, more: 1 })
        .replace(',"more":1}', PROTO)
        .replace('{"more":1}', `{${PROTO.slice(1)}`);
      expect([path, (await ask(method, path, { key, body: polluted })).status]).toEqual([path, 400]);
    }
    const limits = JSON.parse((await ask('GET', '/stats/rate-limit', { key: keys.stats })).text) as {
      policy: { name: string };
      blocks: { count: number };
    };
    expect([limits.policy.name, limits.blocks.count]).toEqual(['default', 0]);
  });

  it('one wrong member of a batch fails its query alone, and is not taken', async () => {
    const { ask, keys } = target;
    const queries = [
      { query: 'redis', mode: 'bm25', rerank: false },
      { query: 'redis', generation: 'other' },
    ];
    const { results } = JSON.parse(
      (await ask('POST', '/search/batch', { key: keys.search, body: { queries } })).text,
    ) as { results: { status?: number; code?: string }[] };
    expect(results.map(({ code }) => code)).toEqual([undefined, 'request_invalid']);
  });

  it('an answer holds the members that are promised and no others; keys are told without what makes them', async () => {
    const { ask, keys } = target;
    const answer = await ask('GET', `${SEARCH}&explain=true`, { key: keys.search });
    expect(answerSchema.safeParse(JSON.parse(answer.text)).error).toBeUndefined();
    const listed = await ask('GET', '/admin/keys', { key: keys.admin });
    for (const key of Object.values(keys)) expect(listed.text).not.toContain(key.split('.')[1]);
    expect(listed.text).not.toMatch(/sha256|hash|[0-9a-f]{64}/);
  });
});

describe('API5 broken function level authorization: a key for searching does nothing else, however the address is written', () => {
  it('every operation of the description refuses every key whose scope it does not name', async () => {
    const { ask, keys } = target;
    const { paths } = JSON.parse((await ask('GET', '/openapi.json')).text) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const operators = Object.keys(paths).filter((path) => /^\/(admin|documents|stats|metrics|dashboard)/.test(path));
    expect(operators.length).toBeGreaterThan(15);
    const open: string[] = [];
    for (const path of operators)
      for (const name of Object.keys(paths[path]!)) {
        const method = name.toUpperCase() as 'GET';
        const { area, scopes } = needOf({ method, path: path.replaceAll(/\{(\w+)\}/g, ':$1') });
        if (area === 'public') continue;
        for (const scope of SCOPES) {
          if (scope === 'admin' || scopes.includes(scope)) continue;
          const { status } = await ask(method, path.replaceAll(/\{\w+\}/g, 'x'), {
            key: keys[scope],
            ...(method === 'GET' ? {} : { body: {} }),
          });
          if (status !== 403) open.push(`${method} ${path} ${scope}: ${status}`);
        }
      }
    expect(open).toEqual([]);
  });

  it.each([
    '/admin/keys/',
    '//admin/keys',
    '/ADMIN/KEYS',
    '/admin/%6beys',
    '/%61dmin/keys',
    '/search/../admin/keys',
    '/./admin/keys',
    '/admin/keys;a=b',
    '/admin/keys%00',
    '/admin/keys%2f',
    '/admin\\keys',
    '/docs/..%2fadmin/keys',
    '/assets/../admin/keys',
    '/admin/keys#x',
  ])('%s leads no one around the question', async (path) => {
    const { raw, keys } = target;
    for (const lines of [[], [`X-Api-Key: ${keys.search}`]])
      for (const method of ['GET', 'HEAD', 'get', 'POST']) {
        const { status, body } = await raw(method, path, [
          ...lines,
          ...(method === 'POST' ? ['Content-Length: 0'] : []),
        ]);
        expect([method, status >= 400 || status === 0, body.includes('usedAt')]).toEqual([method, true, false]);
      }
  });

  it('no header turns one method or address into another', async () => {
    const { ask, keys } = target;
    for (const name of [
      'x-http-method-override',
      'x-http-method',
      'x-method-override',
      'x-original-url',
      'x-rewrite-url',
      'x-original-method',
    ]) {
      const value = name.includes('url') ? '/admin/cache/clear' : 'DELETE';
      const { status, text } = await ask('GET', SEARCH, { key: keys.search, headers: { [name]: value } });
      expect([name, status, text.includes('"hits"')]).toEqual([name, 200, true]);
    }
  });
});
