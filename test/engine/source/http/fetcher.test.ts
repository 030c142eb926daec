import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createAddressGuard } from '../../../../engine/source/address-guard.ts';
import type { Lookup } from '../../../../engine/source/http/dial.ts';
import { Fetcher, type FetcherOptions } from '../../../../engine/source/http/fetcher.ts';
import { SOURCE_LIMITS } from '../../../../engine/source/options.ts';
import { type Answer, type LoopbackSite, startSite } from '../loopback-site.ts';
import { type TestTime, testTime } from '../ports.ts';

const ACCEPT = { accept: 'text/plain' };
const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop();
});

async function site(answer: Answer): Promise<LoopbackSite> {
  const started = await startSite(answer);
  open.push(started);
  return started;
}

interface Setting extends Partial<Omit<FetcherOptions, 'limits' | 'guard'>> {
  readonly limits?: Partial<FetcherOptions['limits']>;
  readonly allow?: readonly string[];
  readonly time?: TestTime;
}

function fetcherFor(from: string, setting: Setting = {}): Fetcher {
  const { limits, allow = [], time = testTime(), ...rest } = setting;
  const fetcher = new Fetcher({
    guard: createAddressGuard(new URL(from), allow),
    clock: time.clock,
    pauses: time.pauses,
    random: () => 1,
    credentials: null,
    signal: null,
    limits: { ...SOURCE_LIMITS, ...limits },
    ...rest,
  });
  open.push({ stop: () => fetcher.close() });
  return fetcher;
}

const text = (body: string): Answer => {
  return (_request, response) => {
    response.end(body);
  };
};

describe('a fetcher', () => {
  it('gives status, headers, body and the final address', async () => {
    const here = await site((request, response) => {
      if (request.url.pathname === '/old') response.writeHead(301, { location: '/new#part' }).end();
      else response.writeHead(200, { 'x-one': 'a', 'content-encoding': 'gzip' }).end(gzipSync('new'));
    });
    const reply = await fetcherFor(here.origin).get(new URL(`${here.origin}/old`), ACCEPT);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('x-one')).toBe('a');
    expect(reply.body.toString()).toBe('new');
    expect(reply.url.href).toBe(`${here.origin}/new`);
  });

  it('gives a 404 back without asking again', async () => {
    const here = await site((_request, response) => response.writeHead(404).end());
    expect((await fetcherFor(here.origin).get(new URL(here.origin), ACCEPT)).status).toBe(404);
    expect(here.requests.length).toBe(1);
  });

  it('keeps to the rate', async () => {
    const time = testTime();
    const here = await site(text('ok'));
    const fetcher = fetcherFor(here.origin, { time, limits: { requestsPerSecond: 4 } });
    for (let i = 0; i < 4; i++) await fetcher.get(new URL(here.origin), ACCEPT);
    expect(time.sleeps).toEqual([250, 250, 250]);
  });
});

describe('a fetcher that must try again', () => {
  it('waits as long as Retry-After says, in seconds and as a date, but no longer than the cap', async () => {
    const time = testTime(Date.UTC(2026, 0, 1));
    const waits = ['7', 'Thu, 01 Jan 2026 00:01:00 GMT', '86400'];
    const here = await site((_request, response) => {
      const wait = waits.shift();
      if (wait === undefined) response.end('at last');
      else response.writeHead(429, { 'retry-after': wait }).end();
    });
    const fetcher = fetcherFor(here.origin, { time, limits: { requestsPerSecond: 1e6 } });
    expect((await fetcher.get(new URL(here.origin), ACCEPT)).body.toString()).toBe('at last');
    expect(time.sleeps).toEqual([7000, 53_000, 120_000]);
  });

  it('backs off after 5xx and gives the last answer when it has tried enough', async () => {
    const time = testTime();
    const here = await site((_request, response) => response.writeHead(503).end('down'));
    const fetcher = fetcherFor(here.origin, { time, limits: { retriesMax: 3, requestsPerSecond: 1e6 } });
    expect((await fetcher.get(new URL(here.origin), ACCEPT)).status).toBe(503);
    expect(time.sleeps).toEqual([1000, 2000, 4000]);
    expect(here.requests.length).toBe(4);
  });

  it('repeats a body that broke off, and names the address when it always does', async () => {
    let broken = 2;
    const here = await site((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      if (broken-- > 0) response.write('half', () => response.destroy());
      else response.end('x'.repeat(100));
    });
    const fetcher = fetcherFor(here.origin, { limits: { retriesMax: 2 } });
    expect((await fetcher.get(new URL(here.origin), ACCEPT)).body.length).toBe(100);
    broken = 3;
    await expect(fetcher.get(new URL(`${here.origin}/x`), ACCEPT)).rejects.toMatchObject({
      code: 'source_unreadable',
      message: expect.stringContaining('/x: no answer after 3 attempts'),
    });
  });

  it('gives up a silent server when the time of the request is over', async () => {
    const time = testTime();
    const here = await site(() => time.expire());
    const fetcher = fetcherFor(here.origin, { time, limits: { retriesMax: 1 } });
    await expect(fetcher.get(new URL(here.origin), ACCEPT)).rejects.toMatchObject({ code: 'source_unreadable' });
    expect(here.requests.length).toBe(2);
  });

  it('stops at once when it is aborted, with the reason of the abort', async () => {
    const controller = new AbortController();
    const here = await site(() => controller.abort(new Error('enough')));
    const fetcher = fetcherFor(here.origin, { signal: controller.signal });
    await expect(fetcher.get(new URL(here.origin), ACCEPT)).rejects.toThrow('enough');
    expect(here.requests.length).toBe(1);
  });
});

describe('a fetcher against a hostile server', () => {
  const KIB = 1024;

  it('stops reading an endless body at the limit', async () => {
    let ended = false;
    const here = await site((_request, response) => {
      response.on('close', () => {
        ended = true;
      });
      const more = (): void => {
        while (!ended && response.write(Buffer.alloc(16 * KIB))) {}
        if (!ended) response.once('drain', more);
      };
      more();
    });
    const fetcher = fetcherFor(here.origin, { limits: { bodyBytesMax: 256 * KIB } });
    await expect(fetcher.get(new URL(here.origin), ACCEPT)).rejects.toMatchObject({ code: 'source_refused' });
    expect(here.requests.length).toBe(1);
  });

  it('gives the beginning of an overlong body when that is enough', async () => {
    const here = await site(text('x'.repeat(64 * KIB)));
    const fetcher = fetcherFor(here.origin, { limits: { bodyBytesMax: 1 } });
    expect((await fetcher.get(new URL(here.origin), { ...ACCEPT, overlong: 'cut' })).body.toString()).toBe('x');
    const wide = fetcherFor(here.origin);
    const cut = await wide.get(new URL(here.origin), { ...ACCEPT, overlong: 'cut', bodyBytesMax: 3 });
    expect(cut.body.toString()).toBe('xxx');
  });

  it('does not inflate a gzip bomb beyond the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(32 * KIB * KIB));
    const here = await site((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    const fetcher = fetcherFor(here.origin, { limits: { bodyBytesMax: KIB * KIB } });
    await expect(fetcher.get(new URL(here.origin), ACCEPT)).rejects.toMatchObject({
      code: 'source_refused',
      message: expect.stringContaining('larger than'),
    });
  });

  it('refuses a stated length without reading, and a coding it did not ask for', async () => {
    const here = await site((request, response) => {
      if (request.url.pathname === '/br') response.writeHead(200, { 'content-encoding': 'br' }).end('x');
      else response.writeHead(200, { 'content-length': String(10 ** 12) }).flushHeaders();
    });
    const fetcher = fetcherFor(here.origin);
    await expect(fetcher.get(new URL(here.origin), ACCEPT)).rejects.toMatchObject({ code: 'source_refused' });
    await expect(fetcher.get(new URL(`${here.origin}/br`), ACCEPT)).rejects.toMatchObject({ code: 'source_invalid' });
  });

  it('ends at the total number of requests and bytes', async () => {
    const here = await site(text('x'.repeat(KIB)));
    const few = fetcherFor(here.origin, { limits: { requestsMax: 2 } });
    for (let i = 0; i < 2; i++) await few.get(new URL(here.origin), ACCEPT);
    await expect(few.get(new URL(here.origin), ACCEPT)).rejects.toMatchObject({ place: { field: 'requestsMax' } });
    const small = fetcherFor(here.origin, { limits: { totalBytesMax: KIB } });
    await small.get(new URL(here.origin), ACCEPT);
    await expect(small.get(new URL(here.origin), ACCEPT)).rejects.toMatchObject({ place: { field: 'totalBytesMax' } });
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://[::ffff:127.0.0.1]/',
    'http://2852039166/',
    'file:///etc/passwd',
  ])('does not follow a redirect to %s', async (location) => {
    const here = await site((_request, response) => response.writeHead(302, { location }).end());
    await expect(fetcherFor(here.origin).get(new URL(here.origin), ACCEPT)).rejects.toMatchObject({
      code: 'source_refused',
    });
    expect(here.requests.length).toBe(1);
  });

  it('follows five redirects and not six', async () => {
    const here = await site((request, response) => {
      const left = Number(request.url.searchParams.get('left'));
      if (left === 0) response.end('there');
      else response.writeHead(302, { location: `/?left=${left - 1}` }).end();
    });
    const fetcher = fetcherFor(here.origin);
    expect((await fetcher.get(new URL(`${here.origin}/?left=5`), ACCEPT)).body.toString()).toBe('there');
    await expect(fetcher.get(new URL(`${here.origin}/?left=6`), ACCEPT)).rejects.toMatchObject({
      code: 'source_unreadable',
      message: expect.stringContaining('more than 5 redirects'),
    });
  });
});

describe('a fetcher and names', () => {
  it('connects to the address that was checked, and asks the resolver once for a connection', async () => {
    const here = await site(text('pinned'));
    const asked: string[] = [];
    const lookup: Lookup = async (host) => {
      asked.push(host);
      return asked.length === 1 ? ['127.0.0.1'] : ['203.0.113.1'];
    };
    const fetcher = fetcherFor('http://wp.internal/', { lookup, allow: ['wp.internal'] });
    const reply = await fetcher.get(new URL(`http://wp.internal:${here.port}/`), ACCEPT);
    expect(reply.body.toString()).toBe('pinned');
    expect(asked).toEqual(['wp.internal']);
    expect(here.requests[0]!.headers.host).toBe(`wp.internal:${here.port}`);
  });

  it('refuses a public name when any of its addresses is private, before connecting', async () => {
    const here = await site(text('secret'));
    const lookup: Lookup = async () => ['1.1.1.1', '127.0.0.1'];
    const fetcher = fetcherFor('http://evil.example/', { lookup });
    await expect(fetcher.get(new URL(`http://evil.example:${here.port}/`), ACCEPT)).rejects.toMatchObject({
      code: 'source_refused',
      place: { value: '127.0.0.1' },
    });
    expect(here.requests.length).toBe(0);
  });

  it('goes on to the next address when the first does not answer', async () => {
    const here = await site(text('second'));
    const lookup: Lookup = async () => ['::1', '127.0.0.1'];
    const fetcher = fetcherFor('http://wp.internal/', { lookup, allow: ['wp.internal'], limits: { retriesMax: 0 } });
    expect((await fetcher.get(new URL(`http://wp.internal:${here.port}/`), ACCEPT)).body.toString()).toBe('second');
  });

  it('says that a name does not resolve', async () => {
    const lookup: Lookup = async () => Promise.reject(new Error('getaddrinfo ENOTFOUND nowhere.example'));
    const fetcher = fetcherFor('https://nowhere.example/', { lookup, limits: { retriesMax: 0 } });
    await expect(fetcher.get(new URL('https://nowhere.example/'), ACCEPT)).rejects.toThrow(/ENOTFOUND/u);
  });

  it('sends credentials to their own origin and drops them on the way to another', async () => {
    const other = await site(text('other'));
    const here = await site((_request, response) => response.writeHead(307, { location: other.origin }).end());
    const credentials = { origin: here.origin, authorization: 'Basic c2VjcmV0' };
    await fetcherFor(here.origin, { credentials }).get(new URL(here.origin), ACCEPT);
    expect(here.requests[0]!.headers.authorization).toBe('Basic c2VjcmV0');
    expect(other.requests.length).toBe(1);
    expect(other.requests[0]!.headers.authorization).toBeUndefined();
  });
});
