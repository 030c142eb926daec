/** What answers say to browsers, and what no input can make the server do: write into its log, read its disk, or change its objects. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pack } from 'msgpackr';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { safetyHeaders } from '../../server/http-headers.ts';
import { type Answer, ask, lasting, type Problem, post, search } from '../support/client.ts';
import { RawConnection } from '../support/raw-http.ts';
import { type ServerProcess, startSampleServer } from '../support/server.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await startSampleServer();
});
afterAll(() => server.stop());

const WRONG_KEY = `wpc_${'0'.repeat(12)}.${'A'.repeat(43)}`;
const FAST = 'mode=bm25&rerank=false';
const get = (path: string, options: RequestInit = {}): Promise<Response> => fetch(server.url + path, options);

describe('every answer', () => {
  const json = (body: string): RequestInit => ({
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  const ANSWERS: readonly (readonly [string, string, RequestInit, number])[] = [
    ['a search', `/search?q=redis&${FAST}`, {}, 200],
    ['a search from the cache', `/search?q=redis&${FAST}`, {}, 200],
    ['a search that is posted', '/search', json('{"q":"redis","mode":"bm25","rerank":false}'), 200],
    ['a batch', '/search/batch', json('{"queries":[{"q":"redis","mode":"bm25","rerank":false}]}'), 200],
    ['MessagePack', `/search?q=redis&${FAST}`, { headers: { accept: 'application/msgpack' } }, 200],
    ['HEAD', `/search?q=redis&${FAST}`, { method: 'HEAD' }, 200],
    ['a page', '/', {}, 200],
    ['a script', '/assets/search.js', {}, 200],
    ['the dashboard', '/dashboard', {}, 200],
    ['the description', '/openapi.json', {}, 200],
    ['figures', '/stats/slo', {}, 200],
    ['metrics', '/metrics', {}, 200],
    ['an export', '/stats/histograms', {}, 200],
    ["an operator's answer", '/admin/keys', {}, 200],
    ['a refused field', '/search?q=a&topk=0', {}, 400],
    ['an unreadable body', '/search', json('{'), 400],
    ['a wrong key', '/admin/keys', { headers: { 'x-api-key': WRONG_KEY } }, 401],
    ["another site's page", '/admin/keys', { headers: { origin: 'https://evil.example' } }, 403],
    ['an unknown address', '/nowhere', {}, 404],
    ['a wrong method', '/search', { method: 'PUT', body: '{}' }, 405],
    ['a format that is not spoken', `/search?q=a&${FAST}`, { headers: { accept: 'text/html' } }, 406],
    ['a body that is too large', '/search', json('x'.repeat(2 ** 20 + 1)), 413],
    ['a body of another type', '/search', { method: 'POST', body: 'x', headers: { 'content-type': 'text/csv' } }, 415],
  ];

  it.each(ANSWERS)(
    '%s: not to be guessed at, framed, run or told from where; nor from whom it is',
    async (_, path, options, status) => {
      const { status: got, headers } = await get(path, options);
      expect(got).toBe(status);
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'content-security-policy': expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'$/),
        'cache-control': expect.stringMatching(/^(no-store|no-cache|private, no-cache)$/),
      });
      for (const name of [
        'server',
        'x-powered-by',
        'uwebsockets',
        'set-cookie',
        'strict-transport-security',
        'access-control-allow-origin',
      ])
        expect(headers.has(name), name).toBe(false);
      // Each once: two policies would both hold.
      expect(headers.get('content-security-policy')).not.toContain(',');
    },
  );

  it('that says the caller has it already says the same', async () => {
    const etag = (await get(`/search?q=backup&${FAST}`)).headers.get('etag')!;
    for (let times = 0; times < 2; times++) {
      const { status, headers } = await get(`/search?q=backup&${FAST}`, { headers: { 'if-none-match': etag } });
      expect([status, headers.get('x-content-type-options'), headers.get('x-frame-options')]).toEqual([
        304,
        'nosniff',
        'DENY',
      ]);
    }
  });

  it('that nobody may keep says so: whatever is of this moment, of an operator, or a refusal', async () => {
    for (const path of ['/stats/slo', '/admin/keys', '/nowhere', '/search?q=', '/stats/health'])
      expect((await get(path)).headers.get('cache-control'), path).toBe('no-store');
  });

  it('over TLS asks to come back over TLS alone; without it, says nothing of it', () => {
    expect(safetyHeaders(true).plain.join(': ')).toMatch(/\r\nstrict-transport-security: max-age=31536000(\r\n|$)/);
    expect(safetyHeaders(true).whole.join(': ')).toMatch(/\r\nstrict-transport-security: max-age=31536000\r\n/);
    expect(JSON.stringify(safetyHeaders(false))).not.toContain('strict-transport');
  });
});

describe('the log', () => {
  it('keeps one line a fault, whatever is in an id, a query or an address', async () => {
    const evil = '\r\n{"time":"forged"}\u2028\u0000\u001b[2J';
    const printable = evil.replaceAll(/[^ -~]/g, '');
    const connection = await RawConnection.open(server.port);
    for (const target of [
      `/search?q=${encodeURIComponent(evil)}&${FAST}`,
      `/nowhere${encodeURIComponent(evil)}`,
      '/search?q=%0d%0a%00',
    ]) {
      connection.send(
        `GET ${target} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: ${printable}\r\nX-Forwarded-For: ${printable}\r\n\r\n`,
      );
      const { headers } = (await connection.next())!;
      // Taken over, an id would be the caller's pen.
      expect(headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
    }
    connection.close();
    let lines: string[] = [];
    try {
      lines = readFileSync(join(server.logs, 'api_errors.log'), 'utf8').split('\n').filter(Boolean);
    } catch {}
    expect(lines.filter((line) => line.includes('forged'))).toEqual([]);
  });
});

describe('no address leads out of what is served', () => {
  it.each([
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/....//....//package.json',
    '/assets/..%5c..%5cpackage.json',
    '/assets/%252e%252e%252fpackage.json',
    '/assets//etc/passwd',
    '/assets/search.js%00.html',
    '/assets/',
    '/dashboard/../admin/keys',
    '/data/keys.json',
    '/config.yml',
    '/.git/config',
    '/%c0%ae%c0%ae/config.yml',
  ])('%s: not found', async (path) => {
    const connection = await RawConnection.open(server.port);
    connection.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect((await connection.next())?.status).toBe(404);
    connection.close();
  });
});

describe('no input reaches the prototype of anything', () => {
  const plain = { q: 'redis', mode: 'bm25', rerank: false, topk: 3 };
  const POISON = ['__proto__', 'constructor', 'prototype'];

  it.each(POISON)(
    '%s: as a key of JSON, MessagePack, a filter or the query string is refused or means nothing',
    async (name) => {
      const before = lasting(await search(server.url, plain));
      const nested = `{"q":"redis","mode":"bm25","rerank":false,"${name}":{"topk":1,"isAdmin":true,"toString":"x"}}`;
      const filters = `{"q":"redis","mode":"bm25","rerank":false,"filters":{"${name}":{"polluted":"yes"}}}`;
      const headers = { 'content-type': 'application/json' };
      for (const body of [nested, filters])
        expect((await ask<Problem>(`${server.url}/search`, { method: 'POST', body, headers })).status, body).toBe(400);
      const packed = new Uint8Array(pack(new Map<string, unknown>([...Object.entries(plain), [name, { topk: 1 }]])));
      const msgpack = { 'content-type': 'application/msgpack', accept: 'application/json' };
      expect((await ask(`${server.url}/search`, { method: 'POST', body: packed, headers: msgpack })).status).toBe(400);
      expect((await get(`/search?q=redis&${FAST}&${name}=1&${name}[topk]=1&${name}.topk=1`)).status).toBe(400);
      expect(
        (
          await ask(`${server.url}/admin/cache/clear`, {
            method: 'POST',
            headers,
            body: `{"${name}":{"namespace":"x"}}`,
          })
        ).status,
      ).toBe(400);
      expect(lasting(await search(server.url, plain))).toEqual(before);
    },
  );
});

describe('JSON that readers disagree about', () => {
  const headers = { 'content-type': 'application/json' };
  const send = (body: string | Uint8Array<ArrayBuffer>) =>
    ask<Answer | Problem>(`${server.url}/search`, { method: 'POST', body, headers });
  const fast = '"mode":"bm25","rerank":false';

  it.each([
    ['a key twice', `{"q":"a","q":"b",${fast}}`],
    ['a key twice, once escaped', `{"q":"a","\\u0071":"b",${fast}}`],
    ['a number beyond all numbers', `{"q":"a","topk":1e999,${fast}}`],
    ['a whole number that no double holds', `{"q":"a","topk":9007199254740993,${fast}}`],
    ['NaN', `{"q":"a","min_score":NaN,${fast}}`],
    ['a comment', `{"q":"a",/* b */${fast}}`],
    ['a comma at the end', `{"q":"a",${fast},}`],
    ['two values', `{"q":"a",${fast}} {"q":"b"}`],
    ['deeper than a person writes', `{"q":"a","filters":${'['.repeat(1000)}${']'.repeat(1000)},${fast}}`],
    ['deeper than a stack', '['.repeat(500_000)],
    ['UTF-8 that is none', new Uint8Array([0x7b, 0x22, 0x71, 0x22, 0x3a, 0x22, 0xc0, 0xaf, 0x22, 0x7d])],
    ['UTF-16', new Uint8Array(Buffer.from(`{"q":"a",${fast}}`, 'utf16le'))],
  ])('%s: refused', async (_, body) => {
    expect((await send(body)).status).toBe(400);
  });

  it('half a surrogate pair is searched for, but does not come back', async () => {
    const { status, body } = await send(`{"q":"\\ud800 redis",${fast}}`);
    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toMatch(/\\ud[89a-f]/i);
  });

  it('a query of a thousand combining marks is answered like any other', async () => {
    const reply = await post(`${server.url}/search`, { q: `e${'\u0301'.repeat(999)}`, mode: 'bm25', rerank: false });
    expect(reply.status).toBe(200);
  });
});
