/** Pages of other sites: nothing by default, and no more than was allowed. */
import { describe, expect, it } from 'vitest';
import { corsSchema, crossOriginOf } from '../../server/cors.ts';
import type { HttpRequest } from '../../server/http.ts';
import { openDoor } from './door.ts';

const handle = ({ path }: HttpRequest) => ({ status: 200, contentType: 'text/plain', body: path });
const door = (origins: string): Promise<number> => {
  const shared = crossOriginOf(corsSchema.parse({ origins }));
  return openDoor({
    routes: [
      { method: 'GET', path: '/search', handle },
      { method: 'POST', path: '/search', handle },
      { method: 'GET', path: '/admin', handle },
    ],
    crossOrigin: ({ path }) => (path === '/search' ? shared : null),
  });
};
const preflight = (port: number, path: string, origin: string, method = 'POST'): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'content-type' },
  });
const read = (port: number, path: string, origin?: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, { headers: origin === undefined ? {} : { origin } });
const grants = ({ headers }: Response): string[] =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'));

const SHOP = 'https://shop.example';

it('by default no page may read or send anything, and is told no more than anybody else', async () => {
  const port = await door('');
  const asked = await preflight(port, '/search', SHOP);
  expect([asked.status, grants(asked), asked.headers.get('vary')]).toEqual([405, [], null]);
  expect(grants(await read(port, '/search', SHOP))).toEqual([]);
});

describe('with sites that are allowed', () => {
  const ports = door(`${SHOP}, http://localhost:5173`);

  it.each([SHOP, 'http://localhost:5173'])('%s may read answers and send what the search takes', async (origin) => {
    const port = await ports;
    const asked = await preflight(port, '/search', origin);
    expect([asked.status, (await asked.arrayBuffer()).byteLength]).toEqual([204, 0]);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, HEAD, POST',
      'access-control-allow-headers': expect.stringContaining('content-type'),
      'access-control-max-age': '7200',
      vary: 'origin',
    });
    const answer = await read(port, '/search', origin);
    expect([answer.headers.get('access-control-allow-origin'), answer.headers.get('vary')]).toEqual([origin, 'origin']);
    expect(answer.headers.get('access-control-expose-headers')).toContain('x-request-id');
  });

  it.each([
    'https://evil.example',
    'https://shop.example.evil.example',
    'http://shop.example',
    'https://shop.example:8443',
    'https://SHOP.example',
    'null',
    '*',
    '',
  ])('%s may not', async (origin) => {
    const port = await ports;
    const asked = await preflight(port, '/search', origin);
    expect([asked.status, grants(asked)]).toEqual([405, []]);
    const answer = await read(port, '/search', origin);
    // Said to everyone, or a cache between would give one site the answer to another.
    expect([answer.status, grants(answer), answer.headers.get('vary')]).toEqual([200, [], 'origin']);
  });

  it('what is not of the search stays closed to all of them', async () => {
    const port = await ports;
    expect(grants(await preflight(port, '/admin', SHOP, 'GET'))).toEqual([]);
    expect(grants(await read(port, '/admin', SHOP))).toEqual([]);
  });

  it('credentials are never allowed, and a question that is no preflight is a wrong method', async () => {
    const port = await ports;
    expect((await preflight(port, '/search', SHOP)).headers.has('access-control-allow-credentials')).toBe(false);
    const bare = await fetch(`http://127.0.0.1:${port}/search`, { method: 'OPTIONS', headers: { origin: SHOP } });
    expect([bare.status, bare.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });
});

it('any site may be let in, by a word that no site has', async () => {
  const port = await door('*');
  expect((await read(port, '/search', 'https://any.example')).headers.get('access-control-allow-origin')).toBe('*');
});

describe('what is no origin keeps the server from starting', () => {
  it.each([
    'shop.example',
    'https://shop.example/',
    'https://shop.example/search',
    'https://*.example',
    'ftp://shop.example',
    'null',
    'HTTPS://shop.example',
  ])('%s', (origins) => {
    expect(corsSchema.safeParse({ origins }).success).toBe(origins === 'https://*.example');
  });
});
