import { describe, expect, it } from 'vitest';
import { guarded } from '../../../server/auth/guard.ts';
import { keyIdOf } from '../../../server/auth/index.ts';
import { SITE_HEADERS } from '../../../server/auth/same-site.ts';
import type { HttpAnswer, HttpRequest, Route } from '../../../server/http.ts';
import { keyFor, partsOf, requestOf } from './arrange.ts';

const key = keyFor({ scopes: ['search'] });
const AFAR = { client: '0000:0000:0000:0000:0000:ffff:cb00:7109' };

/** One guarded route, and whose key its handler saw; undefined while it was not called. */
function door(route: Pick<Route, 'method' | 'path'>) {
  let seen: string | null | undefined;
  const handle = (request: HttpRequest): HttpAnswer => {
    seen = keyIdOf(request);
    return { status: 200, contentType: 'text/plain', body: '' };
  };
  const [guard] = guarded([{ ...route, handle }], partsOf([key.record]));
  return {
    headersRead: guard!.headersRead,
    ask: async (request: HttpRequest) => ({ answer: await guard!.handle(request), seen }),
  };
}

describe('behind the guard', () => {
  it('a caller is its key where that is good, else nobody', async () => {
    const { ask } = door({ method: 'GET', path: '/search' });
    const { seen } = await ask(requestOf({ 'x-api-key': key.text }, AFAR));
    expect(seen).toBe(key.record.id);
    expect((await ask(requestOf({}, AFAR))).seen).toBeNull();
  });

  it('what is refused reaches no handler, is not kept by anyone, and bears the request’s id', async () => {
    const { ask } = door({ method: 'GET', path: '/stats/slo' });
    const { answer, seen } = await ask(requestOf({ 'x-request-id': 'mine', 'x-api-key': key.text }, AFAR));
    expect([answer.status, answer.contentType, answer.served?.requestId, seen]).toEqual([
      403,
      'application/problem+json',
      'mine',
      undefined,
    ]);
    expect(answer.headers).toContainEqual(['cache-control', 'no-store']);
    expect(answer.headers).toContainEqual([
      'www-authenticate',
      'Bearer realm="wp-chat", error="insufficient_scope", scope="stats ops:read"',
    ]);
  });

  it('who guesses is told how long to wait', async () => {
    const { ask } = door({ method: 'GET', path: '/search' });
    const guess = () => requestOf({ 'x-api-key': keyFor().text }, AFAR);
    for (let n = 0; n < 10; n++) expect((await ask(guess())).answer.status).toBe(401);
    const { status, headers } = (await ask(guess())).answer;
    expect([status, headers]).toEqual([429, expect.arrayContaining([['retry-after', '6']])]);
  });

  it('headers that tell of other sites are read only where they are asked about', () => {
    expect(door({ method: 'GET', path: '/search' }).headersRead).toBeUndefined();
    expect(door({ method: 'GET', path: '/stats/health' }).headersRead).toBeUndefined();
    expect(door({ method: 'GET', path: '/stats/slo' }).headersRead).toEqual(SITE_HEADERS);
  });

  it('a way in beside the handler is not handed on: it would lead past the guard', () => {
    const handle = (): HttpAnswer => ({ status: 200, contentType: 'text/plain', body: '' });
    const route = { method: 'GET', path: '/search', endpoint: 'named', handle, besides: handle } as const;
    const [guard] = guarded([route], partsOf([]));
    expect(Object.keys(guard!).sort()).toEqual(['admit', 'endpoint', 'handle', 'method', 'path']);
    expect(guard!.endpoint).toBe('named');
  });

  it('an address that the table lacks is not served at all', () => {
    expect(() => door({ method: 'POST', path: '/admin/forgotten' })).toThrow('/admin/forgotten');
  });
});
