/**
 * HTTP/1.1 as bytes: the shared conformance cases, asked of the library alone, of our door before an echo, and of the product; and what
 * else a client, a proxy or somebody with bad intent might send.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../engine/package-root.ts';
import type { HttpRequest } from '../../server/http.ts';
import { loadUws } from '../../server/uws.ts';
import { type ServerProcess, startSampleServer } from '../support/server.ts';
import { type Heard, hear, openDoor } from './door.ts';

interface Case {
  readonly name: string;
  readonly send: string;
  readonly expect?: string;
  readonly status?: readonly (readonly [number, number])[];
  readonly body?: string;
}

const file = join(packageRoot, '../shared/conformance/http1/cases.json');
const cases = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Case[]) : [];
if (cases.length === 0) process.stderr.write(`The conformance cases are not tried: ${file} is not there\n`);

const echo = ({ body }: HttpRequest) => ({ status: 200, contentType: 'text/plain', body });

/** uWebSockets.js and nothing else. */
function bareEcho(): Promise<number> {
  const { uws } = loadUws();
  return new Promise((resolve) => {
    uws
      .App()
      .any('/*', (response) => {
        const parts: Buffer[] = [];
        response.onAborted(() => {});
        response.onData((chunk, isLast) => {
          parts.push(Buffer.from(chunk.slice(0)));
          if (isLast) response.cork(() => response.end(Buffer.concat(parts)));
        });
      })
      .listen('127.0.0.1', 0, (socket) => {
        if (socket) resolve(uws.us_socket_local_port(socket));
      });
  });
}

let product: ServerProcess;
const ports: Record<string, number> = {};
beforeAll(async () => {
  product = await startSampleServer();
  ports['uWebSockets.js alone'] = await bareEcho();
  ports['our door'] = await openDoor({
    routes: ['/', '/hello'].flatMap((path) => [
      { method: 'GET', path, handle: echo },
      { method: 'POST', path, handle: echo },
    ]),
  });
  ports['the product'] = product.port;
});
afterAll(() => product.stop());

/** Asked at once, since a server that waits for more is only known by its silence. */
const hearAll = (port: number, sends: readonly string[]): Promise<Heard[]> =>
  Promise.all(sends.map((bytes) => hear(port, bytes)));

describe.each(['uWebSockets.js alone', 'our door', 'the product'])('%s', (who) => {
  // The product echoes nothing: of bodies it says only whether they were framed right.
  const asked = cases.filter(({ send }) => who !== 'the product' || !send.startsWith('POST'));
  let answers: Heard[] = [];
  beforeAll(async () => {
    answers = await hearAll(
      ports[who]!,
      asked.map(({ send }) => send),
    );
  });
  it.each(asked.map((one, at) => ({ ...one, at })))('$name', ({ at, expect: silence, status = [], body }) => {
    const heard = answers[at]!;
    if (silence !== undefined) {
      expect([heard.text, heard.closed]).toEqual(['', false]);
      return;
    }
    const context = JSON.stringify(heard);
    expect(
      status.some(([low, high]) => heard.status >= low && heard.status <= high),
      context,
    ).toBe(true);
    // An answer of success must be the echo; a refusal says what it likes.
    if (body !== undefined && heard.status < 400) expect(heard.text.split('\r\n\r\n')[1], context).toBe(body);
  });
});

const HOST = 'Host: localhost\r\n';
const SEARCH = '/search?q=redis&mode=bm25&rerank=false&topk=1';
const chunked = `POST /search HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n`;

describe('one request cannot hide in another', () => {
  const JSON_BODY = '{"q":"redis","mode":"bm25","rerank":false,"topk":1}';
  const HIDDEN = `GET /admin/keys HTTP/1.1\r\n${HOST}\r\n`;
  const ATTEMPTS: readonly (readonly [string, string])[] = [
    [
      'Content-Length before Transfer-Encoding',
      `${chunked.replace('Transfer', 'Content-Length: 4\r\nTransfer')}\r\n0\r\n\r\n`,
    ],
    ['Transfer-Encoding before Content-Length', `${chunked}Content-Length: 4\r\n\r\n0\r\n\r\n`],
    [
      'two lengths that differ',
      `POST /search HTTP/1.1\r\n${HOST}Content-Length: 0\r\nContent-Length: ${HIDDEN.length}\r\n\r\n`,
    ],
    ['a list of lengths', `POST /search HTTP/1.1\r\n${HOST}Content-Length: 0, ${HIDDEN.length}\r\n\r\n`],
    ['a length with a sign', `POST /search HTTP/1.1\r\n${HOST}Content-Length: +0\r\n\r\n`],
    ['a length in hexadecimal', `POST /search HTTP/1.1\r\n${HOST}Content-Length: 0x0\r\n\r\n`],
    ['a length beyond all numbers', `POST /search HTTP/1.1\r\n${HOST}Content-Length: 99999999999999999999999\r\n\r\n`],
    ['a coding that is not chunked', `POST /search HTTP/1.1\r\n${HOST}Transfer-Encoding: identity\r\n\r\n`],
    ['a coding with a tab before it', `${chunked.replace(': chunked', ':\x0bchunked')}\r\n0\r\n\r\n`],
    ['a chunk length that is no number', `${chunked}\r\nzz\r\nab\r\n0\r\n\r\n`],
    ['a chunk length below zero', `${chunked}\r\n-1\r\nab\r\n0\r\n\r\n`],
    ['a chunk length beyond all numbers', `${chunked}\r\nfffffffffffffffff\r\nab\r\n0\r\n\r\n`],
    ['a space before the colon', `POST /search HTTP/1.1\r\n${HOST}Content-Length : 0\r\n\r\n`],
    ['a folded field', `POST /search HTTP/1.1\r\n${HOST}X-One: a\r\n Content-Length: 0\r\n\r\n`],
    ['a line feed alone', `GET ${SEARCH} HTTP/1.1\n${HOST}\n`],
    ['a NUL in a field', `GET ${SEARCH} HTTP/1.1\r\n${HOST}X-One: a\0b\r\n\r\n`],
    [
      'two lengths before a page',
      `GET / HTTP/1.1\r\n${HOST}Content-Length: 0\r\nContent-Length: ${HIDDEN.length}\r\n\r\n`,
    ],
    [
      'two lengths before what is in the cache',
      `GET ${SEARCH} HTTP/1.1\r\n${HOST}Content-Length: 0\r\nContent-Length: ${HIDDEN.length}\r\n\r\n`,
    ],
  ];
  let heard: Heard[] = [];
  beforeAll(async () => {
    for (let times = 0; times < 2; times++) await hear(product.port, `GET ${SEARCH} HTTP/1.1\r\n${HOST}\r\n`, 200);
    heard = await hearAll(
      product.port,
      ATTEMPTS.map(([, bytes]) => bytes + HIDDEN),
    );
  });
  it.each(ATTEMPTS.map(([name], at) => [name, at] as const))('%s: at most one answer, no success', (_, at) => {
    const { text } = heard[at]!;
    const answers = text.match(/HTTP\/1\.1 \d{3}/g) ?? [];
    expect(answers.length, text).toBeLessThanOrEqual(1);
    expect(answers[0] ?? 'HTTP/1.1 400', text).not.toMatch(/ 2\d\d$/);
  });

  const get = (path: string): string => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`;
  const post = `POST /search HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: ${JSON_BODY.length}\r\n\r\n${JSON_BODY}`;
  const statusesOf = ({ text }: Heard): string[] => text.match(/(?<=HTTP\/1\.1 )\d{3}/g) ?? [];
  it('pipelined requests that are answered at once are answered each, in order', async () => {
    const paths = ['/stats/health', '/nowhere', SEARCH, '/openapi.json', '/search/batch'];
    expect(statusesOf(await hear(product.port, paths.map(get).join('')))).toEqual(['200', '404', '200', '200', '405']);
  });

  it('one that would have to wait for the answer before it is answered, or ends the connection: they are never mixed up', async () => {
    const heard = await hear(product.port, `${post}${get('/nowhere')}`);
    const statuses = statusesOf(heard);
    expect(statuses).toEqual(['200', '404'].slice(0, statuses.length));
    expect(heard.closed || statuses.length === 2).toBe(true);
  });
});

describe('the head of a request', () => {
  const get = (rest: string): string => `GET ${SEARCH} HTTP/1.1\r\n${HOST}${rest}\r\n`;
  const HEADS: readonly (readonly [string, string, readonly number[]])[] = [
    ['of 12 KiB is read', get(`X-Large: ${'x'.repeat(12_288)}\r\n`), [200]],
    ['of 32 KiB is refused as too large', get(`X-Large: ${'x'.repeat(32_768)}\r\n`), [431]],
    ['with 80 fields is read', get(Array.from({ length: 80 }, (__, n) => `X-${n}: y\r\n`).join('')), [200]],
    ['with 1000 fields is refused', get(Array.from({ length: 1000 }, (__, n) => `X-${n}: y\r\n`).join('')), [400, 431]],
    ['with an address of 32 KiB is refused', `GET /search?q=${'x'.repeat(32_768)} HTTP/1.1\r\n${HOST}\r\n`, [431]],
    ['in HTTP/1.0 is refused', `GET ${SEARCH} HTTP/1.0\r\n${HOST}\r\n`, [505]],
    ['of HTTP/2 with prior knowledge is refused', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505]],
    ['of TLS is refused', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400, 505, Number.NaN]],
    ['that asks for a proxy is refused', `GET http://example.com/ HTTP/1.1\r\n${HOST}\r\n`, [400, 404, 505]],
    ['that asks for a tunnel is refused', `CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`, [400, 404, 405, 505]],
    ['that is to be shown back is refused', `TRACE / HTTP/1.1\r\n${HOST}X-Secret: y\r\n\r\n`, [405]],
    [
      'that waits for 100 Continue gets it',
      `POST /search HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
      [100],
    ],
  ];
  let heard: Heard[] = [];
  beforeAll(async () => {
    heard = await hearAll(
      product.port,
      HEADS.map(([, bytes]) => bytes),
    );
  });
  it.each(HEADS.map(([name, , statuses], at) => [name, statuses, at] as const))('%s', (_, statuses, at) => {
    const { status, text } = heard[at]!;
    expect(statuses, text.slice(0, 300)).toContain(status);
    expect(text).not.toContain('X-Secret');
  });

  it('broken in whatever way, is answered without a word of what answers', async () => {
    const broken = [
      'GET / HTTP/1.0\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      get('a b: c\r\n'),
      get(`X: ${'x'.repeat(32_768)}\r\n`),
    ];
    for (const { status, text } of await hearAll(product.port, broken)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(text).not.toMatch(/uwebsockets|wp-chat|node|\/\d+ server/i);
    }
  });

  it('with the longest query there may be, in Chinese, is read', async () => {
    const query = encodeURIComponent('搜'.repeat(1000));
    const { status } = await hear(
      product.port,
      `GET /search?q=${query}&mode=bm25&rerank=false HTTP/1.1\r\n${HOST}\r\n`,
      2000,
    );
    expect(status).toBe(200);
  });
});
