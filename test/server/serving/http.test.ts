import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '../../../server/wire/index.ts';
import { type Answer, ask, lasting, type Problem, post, search } from '../../support/client.ts';
import { RawConnection } from '../../support/raw-http.ts';
import { sampleIndexCopy } from '../../support/sample-index-copy.ts';
import { sampleQueries } from '../../support/sample-queries.ts';
import { type ServerProcess, startServer } from '../../support/server.ts';

const BODY_BYTES_MAX = 4096;
let server: ServerProcess;
beforeAll(async () => {
  server = await startServer({ index: sampleIndexCopy(), set: [`server.bodyBytesMax=${BODY_BYTES_MAX}`] });
});
afterAll(() => server.stop());

const FAST = 'q=redis&mode=bm25&rerank=false&topk=2';
const send = (path: string, options: RequestInit = {}) => ask<Problem>(server.url + path, options);

describe('refusals', () => {
  const CASES: readonly [string, string, RequestInit, number, Problem['code']][] = [
    ['an unknown path', '/nowhere', {}, 404, 'not_found'],
    ['an unknown path, posted to', '/nowhere', { method: 'POST', body: 'x' }, 404, 'not_found'],
    ['a path below a known one', '/search/more', {}, 404, 'not_found'],
    ['a path with a slash too many', '/search/', {}, 404, 'not_found'],
    ['PUT where there is GET and POST', '/search', { method: 'PUT', body: '{}' }, 405, 'method_not_allowed'],
    ['DELETE', '/search', { method: 'DELETE' }, 405, 'method_not_allowed'],
    ['GET where there is POST', '/search/batch', {}, 405, 'method_not_allowed'],
    ['POST where there is GET', '/stats/health', { method: 'POST', body: '{}' }, 405, 'method_not_allowed'],
    [
      'an Accept without JSON or MessagePack',
      `/search?${FAST}`,
      { headers: { accept: 'text/html' } },
      406,
      'not_acceptable',
    ],
    [
      'a body of another type',
      '/search',
      { method: 'POST', body: 'q=redis', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'media_type_unsupported',
    ],
    [
      'a body that is no JSON',
      '/search',
      { method: 'POST', body: '{"q":', headers: { 'content-type': 'application/json' } },
      400,
      'body_unreadable',
    ],
    ['no body', '/search', { method: 'POST', headers: { 'content-type': 'application/json' } }, 400, 'body_unreadable'],
    [
      'MessagePack that is JSON',
      '/search',
      { method: 'POST', body: '{"q":"a"}', headers: { 'content-type': 'application/msgpack' } },
      400,
      'body_unreadable',
    ],
    [
      'a body over the limit',
      '/search',
      {
        method: 'POST',
        body: JSON.stringify({ q: 'x'.repeat(BODY_BYTES_MAX) }),
        headers: { 'content-type': 'application/json' },
      },
      413,
      'body_too_large',
    ],
    ['a query string that is not right', '/search?q=a&topk=0', {}, 400, 'request_invalid'],
    ['a deadline of nothing', `/search?${FAST}`, { headers: { 'x-request-deadline-ms': '0' } }, 400, 'request_invalid'],
    [
      'a deadline in words',
      `/search?${FAST}`,
      { headers: { 'x-request-deadline-ms': 'soon' } },
      400,
      'request_invalid',
    ],
  ];

  it.each(CASES)('%s: a problem with its code and the request id', async (name, path, options, status, code) => {
    const requestId = `case-${status}.${name.length}`;
    const reply = await send(path, { ...options, headers: { ...options.headers, 'x-request-id': requestId } });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    expect(problemSchema.safeParse(reply.body).error).toBeUndefined();
    expect(reply.body).toMatchObject({ status, code, requestId });
    expect(reply.headers.get('x-request-id')).toBe(requestId);
  });

  it.each([
    ['/search', 'PUT', 'GET, HEAD, POST'],
    ['/search/batch', 'GET', 'POST'],
    ['/stats/health', 'POST', 'GET, HEAD'],
  ])('%s says in Allow what it takes', async (path, method, allow) => {
    expect((await send(path, { method })).headers.get('allow')).toBe(allow);
  });

  it('a body of exactly the limit is taken', async () => {
    const body = JSON.stringify({ q: 'redis', mode: 'bm25', rerank: false });
    const padded = body + ' '.repeat(BODY_BYTES_MAX - body.length);
    const headers = { 'content-type': 'application/json' };
    expect((await send('/search', { method: 'POST', body: padded, headers })).status).toBe(200);
    expect((await send('/search', { method: 'POST', body: `${padded} `, headers })).status).toBe(413);
  });
});

describe('request ids', () => {
  it.each(['a', 'A-1_b.c', 'x'.repeat(64)])('%s is taken over', async (id) => {
    const { headers, body } = await ask<Answer>(`${server.url}/search?${FAST}`, { headers: { 'x-request-id': id } });
    expect([headers.get('x-request-id'), body.requestId]).toEqual([id, id]);
  });

  it.each(['x'.repeat(65), 'a b', '<script>', 'ä'])('%s is replaced by a new one', async (id) => {
    const { headers, body } = await ask<Answer>(`${server.url}/search?${FAST}`, { headers: { 'x-request-id': id } });
    expect(body.requestId).toMatch(/^[A-Za-z0-9_-]{12,}$/);
    expect(headers.get('x-request-id')).toBe(body.requestId);
  });

  it('without one, each request gets its own', async () => {
    const ids = await Promise.all(
      Array.from(
        { length: 50 },
        async () => (await search(server.url, { q: 'a', mode: 'bm25', rerank: false })).requestId,
      ),
    );
    expect(new Set(ids).size).toBe(50);
  });
});

describe('HEAD', () => {
  it.each([`/search?${FAST}`, '/stats/health', '/openapi.json', '/'])(
    '%s: the headers of GET, and no body',
    async (path) => {
      const got = await fetch(server.url + path, { headers: { 'x-request-id': 'same' } });
      const bytes = (await got.arrayBuffer()).byteLength;
      const head = await fetch(server.url + path, { method: 'HEAD', headers: { 'x-request-id': 'same' } });
      expect([head.status, (await head.arrayBuffer()).byteLength]).toEqual([200, 0]);
      expect(head.headers.get('content-type')).toBe(got.headers.get('content-type'));
      // Timings differ by some digits from one search to the next.
      const length = Number(head.headers.get('content-length'));
      expect(Math.abs(length - bytes)).toBeLessThan(path.startsWith('/search') || path.startsWith('/stats') ? 64 : 1);
    },
  );

  it.each([
    ['/nowhere', 404],
    ['/search/batch', 405],
    ['/search?q=', 400],
  ])('%s is refused without a body, so that the connection stays in step', async (path, status) => {
    const connection = await RawConnection.open(server.port);
    connection.send(`HEAD ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect((await connection.next(true))?.status).toBe(status);
    connection.send(`GET /search?${FAST} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect((await connection.next())?.status).toBe(200);
    connection.close();
  });
});

describe('a deadline', () => {
  it('that is too short for reranking drops it and says so, or refuses with 504; never another thing', async () => {
    const seen = new Set<string>();
    for (const deadlineMs of [1, 2, 5, 10, 20, 40, 80]) {
      for (const query of sampleQueries.slice(10, 13)) {
        const headers = { 'x-request-deadline-ms': String(deadlineMs) };
        const { status, body } = await post<Answer | Problem>(
          `${server.url}/search`,
          { query: `${query} ${deadlineMs}` },
          { headers },
        );
        if (status === 504) {
          expect(body).toMatchObject({ code: 'deadline_exceeded', detail: expect.stringContaining(query) });
          seen.add('504');
        } else {
          const { degraded, hits } = body as Answer;
          expect([status, hits.length > 0]).toEqual([200, true]);
          for (const why of degraded) expect(['rerank_deadline', 'rerank_partial']).toContain(why);
          seen.add(degraded[0] ?? 'whole');
        }
      }
    }
    expect([...seen].some((how) => how !== 'whole')).toBe(true);
  });

  it('is what the server allows at most', async () => {
    const headers = { 'x-request-deadline-ms': '99999999' };
    expect((await ask(`${server.url}/search?${FAST}`, { headers })).status).toBe(200);
  });
});

describe('one connection', () => {
  const get = (query: string): string => `GET /search?${query} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const parsed = (body: Buffer): Answer => JSON.parse(body.toString()) as Answer;

  it('answers pipelined requests in order, or closes: it never mixes them up', async () => {
    const connection = await RawConnection.open(server.port);
    const words = ['redis', 'backup', 'theme', 'cache', 'login'];
    connection.send(words.map((word) => get(`q=${word}&mode=bm25&rerank=false&topk=1`)).join(''));
    const answered: string[] = [];
    for (let response = await connection.next(); response !== null; response = await connection.next()) {
      answered.push(parsed(response.body).query);
      if (answered.length === words.length) break;
    }
    expect(answered).toEqual(words.slice(0, answered.length));
    expect(answered.length === words.length || connection.closed).toBe(true);
    connection.close();
  });

  it('goes on after a body that was too large', async () => {
    const connection = await RawConnection.open(server.port);
    const large = Buffer.alloc(BODY_BYTES_MAX * 50, 0x20);
    connection.send(`POST /search HTTP/1.1\r\nHost: a\r\nContent-Length: ${large.length}\r\n\r\n`);
    connection.send(large);
    expect((await connection.next())?.status).toBe(413);
    connection.send(get(FAST));
    expect((await connection.next())?.status).toBe(200);
    connection.close();
  });

  it('that breaks off in the middle of a request costs nothing', async () => {
    const whole = `POST /search HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"q":"redis"}`;
    for (let end = 1; end < whole.length; end += 3) {
      const connection = await RawConnection.open(server.port);
      connection.send(whole.slice(0, end));
      connection.finish();
      connection.close();
    }
    expect((await ask(`${server.url}/search?${FAST}`)).status).toBe(200);
  });

  it('takes a body in pieces, a byte at a time, and in chunks', async () => {
    const expected = lasting(await search(server.url, { q: 'redis', mode: 'bm25', rerank: false, topk: 2 }));
    const body = '{"q":"redis","mode":"bm25","rerank":false,"topk":2}';
    const head = 'POST /search HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    const connection = await RawConnection.open(server.port);
    for (const byte of `${head}Content-Length: ${body.length}\r\n\r\n${body}`) connection.send(byte);
    const single = await connection.next();
    expect(lasting(parsed(single!.body))).toEqual(expected);
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
    const chunks = [body.slice(0, 9), body.slice(9), ''].map(chunk).join('');
    connection.send(`${head}Transfer-Encoding: chunked\r\n\r\n${chunks}`);
    expect(lasting(parsed((await connection.next())!.body))).toEqual(expected);
    connection.close();
  });
});

describe('what was sent wrong', () => {
  it('leaves no line in the error log: the log is for faults of this side', () => {
    const lines = (): string => {
      try {
        return readFileSync(join(server.logs, 'api_errors.log'), 'utf8');
      } catch {
        return '';
      }
    };
    expect(lines()).toBe('');
    expect(server.said()).toBe('');
  });
});
