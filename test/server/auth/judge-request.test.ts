import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freshKey } from '../../../server/auth/key.ts';
import { runs } from '../../support/runs.ts';
import { bench, keyFor, requestOf } from './arrange.ts';

const good = keyFor();
const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` });
const AFAR = { client: '203.0.113.9' };

describe('without a key', () => {
  it.each([
    ['127.0.0.1', 'pass'],
    ['127.8.9.1', 'pass'],
    ['0000:0000:0000:0000:0000:0000:0000:0001', 'pass'],
    ['0000:0000:0000:0000:0000:ffff:7f00:0001', 'pass'],
    ['192.168.0.4', 'unauthorized'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', 'unauthorized'],
    ['0000:0000:0000:0000:0000:ffff:c0a8:0004', 'unauthorized'],
    ['', 'unauthorized'],
  ])('from %j the operator’s addresses: %s', (client, kind) => {
    const { ask } = bench([]);
    expect(ask(requestOf({}, { client })).kind).toBe(kind);
    expect(ask(requestOf({}, { client }), 'stats').kind).toBe(kind);
    expect(ask(requestOf({}, { client }), 'search').kind).toBe('pass');
  });

  it.each(['forwarded', 'x-forwarded-for', 'x-real-ip'])('%s makes a request from here one from elsewhere', (name) => {
    const { ask } = bench([]);
    for (const value of ['203.0.113.9', '127.0.0.1', 'for=127.0.0.1', 'x'])
      expect(ask(requestOf({ [name]: value })).kind).toBe('unauthorized');
  });

  it.each(['search', 'stats', 'admin'] as const)('key: %s needs one from everywhere', (area) => {
    const { ask } = bench([], { [area]: 'key' });
    expect(ask(requestOf(), area).kind).toBe('unauthorized');
  });

  it('loopback: search needs one from elsewhere; open: figures need none', () => {
    expect(bench([], { search: 'loopback' }).ask(requestOf({}, AFAR), 'search').kind).toBe('unauthorized');
    expect(bench([], { search: 'loopback' }).ask(requestOf(), 'search').kind).toBe('pass');
    expect(bench([], { stats: 'open' }).ask(requestOf({}, AFAR), 'stats').kind).toBe('pass');
  });

  it('a password for a proxy on the way is none of ours where no key is needed', () => {
    const { ask } = bench([]);
    const basic = { authorization: `Basic ${Buffer.from('site:password').toString('base64')}` };
    expect(ask(requestOf(basic, AFAR), 'search').kind).toBe('pass');
    expect(ask(requestOf(basic)).kind).toBe('pass');
    expect(ask(requestOf(basic, AFAR)).kind).toBe('unauthorized');
  });
});

describe('a browser on this machine, led by another site', () => {
  const { ask } = bench([], { hosts: 'search.example, ops.example' });
  const REFUSED: readonly [string, Record<string, string>][] = [
    ['another origin', { host: 'localhost:8080', origin: 'https://evil.example' }],
    ['another port of this machine', { host: 'localhost:8080', origin: 'http://localhost:3000' }],
    ['an opaque origin', { host: 'localhost:8080', origin: 'null' }],
    ['an origin that is none', { host: 'localhost:8080', origin: '::' }],
    ['a rebound name', { host: 'evil.example:8080' }],
    ['a rebound name, same origin', { host: 'evil.example:8080', origin: 'http://evil.example:8080' }],
    ['a name that begins like ours', { host: 'localhost.evil.example' }],
    ['an address that begins like loopback', { host: '127.0.0.1.evil.example' }],
    [
      'a fetch of another site',
      { host: 'localhost:8080', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ],
    ['a fetch of a sibling', { host: 'localhost:8080', 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }],
  ];
  it.each(REFUSED)('%s is forbidden', (_, headers) => {
    expect(ask(requestOf(headers)).kind).toBe('forbidden');
    expect(ask(requestOf(headers, { method: 'POST' })).kind).toBe('forbidden');
    expect(ask(requestOf(headers), 'stats').kind).toBe('forbidden');
  });

  it('a form that another site sends is forbidden, a link that leads here is not', () => {
    const followed = { host: 'localhost:8080', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect(ask(requestOf(followed, { method: 'POST' })).kind).toBe('forbidden');
    expect(ask(requestOf(followed), 'stats').kind).toBe('pass');
  });

  it.each([
    [{}],
    [{ host: 'localhost:8080' }],
    [{ host: '127.0.0.1' }],
    [{ host: '[::1]:8080' }],
    [{ host: 'wp.localhost:8080' }],
    [{ host: 'SEARCH.example' }],
    [{ host: 'localhost:8080', origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }],
    [{ host: 'localhost', origin: 'http://localhost:80' }],
    [{ host: 'localhost:8080', origin: 'https://ops.example' }],
    [{ host: 'localhost:8080', 'sec-fetch-site': 'none' }],
  ])('%j is our own page, a person or a program', (headers) => {
    expect(ask(requestOf(headers as Record<string, string>, { method: 'POST' })).kind).toBe('pass');
  });

  it('a key that a page must add itself proves that the page may; one that the browser adds does not', () => {
    const { ask: keyed } = bench([good.record]);
    const led = { host: 'localhost:8080', origin: 'https://evil.example' };
    const basic = { authorization: `Basic ${Buffer.from(`op:${good.text}`).toString('base64')}` };
    expect(keyed(requestOf({ ...led, ...bearer(good.text) }, AFAR)).kind).toBe('pass');
    expect(keyed(requestOf({ ...led, 'x-api-key': good.text }, AFAR)).kind).toBe('pass');
    expect(keyed(requestOf({ ...led, ...basic }, AFAR)).kind).toBe('forbidden');
    expect(keyed(requestOf({ host: 'ops:1', ...basic }, AFAR)).kind).toBe('pass');
  });
});

describe('a key', () => {
  it('in the address is refused everywhere, whatever it is worth, and named without its secret', () => {
    const { ask } = bench([good.record]);
    const encoded = [...good.text].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
    for (const query of [`key=${good.text}`, `q=a&x=${freshKey().text}`, good.text, `k=${encoded}`]) {
      const decision = ask(requestOf(bearer(good.text), { query }), 'search');
      expect(decision.kind).toBe('in_address');
      expect(JSON.stringify(decision)).not.toContain(good.text.split('.')[1]);
    }
    expect(ask(requestOf({}, { query: 'q=wpc_+keys+100%25' }), 'search').kind).toBe('pass');
  });

  it('that is offered is judged, even where none is needed', () => {
    const weak = keyFor({ scopes: ['search'] });
    const { ask } = bench([weak.record]);
    expect(ask(requestOf(bearer(weak.text))).kind).toBe('forbidden');
    expect(ask(requestOf(bearer(freshKey().text))).kind).toBe('unauthorized');
    expect(ask(requestOf(bearer(freshKey().text), AFAR), 'search').kind).toBe('unauthorized');
    expect(ask(requestOf(bearer(weak.text), AFAR), 'search')).toEqual({ kind: 'pass', keyId: weak.record.id });
  });

  it('beside another that differs is ambiguous, beside itself it is not', () => {
    const { ask } = bench([good.record]);
    expect(ask(requestOf({ ...bearer(good.text), 'x-api-key': good.text }, AFAR)).kind).toBe('pass');
    expect(ask(requestOf({ ...bearer(good.text), 'x-api-key': freshKey().text }, AFAR)).kind).toBe('unauthorized');
  });

  it('ends at its moment, found before or not, and after it is replaced in the ring', () => {
    const short = keyFor({ expiresAt: '2026-01-01T00:00:10Z' });
    const { ask, clock, ring } = bench([short.record, good.record]);
    expect(ask(requestOf(bearer(short.text), AFAR)).kind).toBe('pass');
    clock.ms += 9_999;
    expect(ask(requestOf(bearer(short.text), AFAR)).kind).toBe('pass');
    clock.ms += 1;
    expect(ask(requestOf(bearer(short.text), AFAR))).toMatchObject({ kind: 'unauthorized', detail: /expired/ });
    expect(ask(requestOf(bearer(good.text), AFAR)).kind).toBe('pass');
    ring.replace([short.record]);
    expect(ask(requestOf(bearer(good.text), AFAR)).kind).toBe('unauthorized');
  });

  it('bound to networks is good from there only, in whichever notation the address comes', () => {
    const bound = keyFor({ from: ['203.0.113.0/24', '2001:db8::/32'] });
    const { ask } = bench([bound.record]);
    for (const client of ['203.0.113.255', '0000:0000:0000:0000:0000:ffff:cb00:7101', '2001:0db8:0:0:0:0:0:1'])
      expect(ask(requestOf(bearer(bound.text), { client })).kind).toBe('pass');
    for (const client of ['203.0.114.0', '2001:db9::1', '127.0.0.1', '', 'nonsense'])
      expect(ask(requestOf(bearer(bound.text), { client })).kind).toBe('forbidden');
  });

  it('one character off is none', () => {
    const { ask } = bench([good.record], { failuresBurst: 1000, failuresPerMinute: 1000 });
    for (let at = 0; at < good.text.length; at++) {
      const other = good.text[at] === 'a' ? 'b' : 'a';
      const near = good.text.slice(0, at) + other + good.text.slice(at + 1);
      expect(ask(requestOf(bearer(near), AFAR)).kind, near).toBe('unauthorized');
    }
    expect(ask(requestOf(bearer(`${good.text}x`), AFAR)).kind).toBe('unauthorized');
    expect(ask(requestOf(bearer(good.text.slice(0, -1)), AFAR)).kind).toBe('unauthorized');
  });

  it('says when it was used, and nothing of its hash', () => {
    const { ask, clock, ring } = bench([good.record]);
    expect(ring.list(clock.ms)[0]).toMatchObject({ id: good.record.id, state: 'active', usedAt: null });
    ask(requestOf(bearer(good.text), AFAR));
    clock.ms += 5;
    ring.replace([good.record]);
    expect(ring.list(clock.ms)[0]!.usedAt).toBe('2026-01-01T00:00:00.000Z');
    expect(JSON.stringify(ring.list(clock.ms))).not.toContain(good.record.sha256);
  });
});

describe('guessing', () => {
  const guess = () => bearer(`${good.record.id}.${freshKey().text.split('.')[1]}`);

  it('is let through ten times, then six seconds apart; the right key gets no answer either, until then', () => {
    const { ask, clock } = bench([good.record]);
    for (let n = 0; n < 10; n++) expect(ask(requestOf(guess(), AFAR)).kind).toBe('unauthorized');
    expect(ask(requestOf(guess(), AFAR))).toEqual({ kind: 'slow_down', waitMs: 6000 });
    expect(ask(requestOf(bearer(good.text), AFAR)).kind).toBe('slow_down');
    clock.ms += 5999;
    expect(ask(requestOf(guess(), AFAR)).kind).toBe('slow_down');
    clock.ms += 1;
    expect(ask(requestOf(guess(), AFAR)).kind).toBe('unauthorized');
    expect(ask(requestOf(guess(), AFAR)).kind).toBe('slow_down');
  });

  it('never locks the key for others, nor for who used it a moment ago from there', () => {
    const { ask } = bench([good.record]);
    expect(ask(requestOf(bearer(good.text), AFAR)).kind).toBe('pass');
    for (let n = 0; n < 3000; n++)
      ask(requestOf(guess(), { client: n < 100 ? AFAR.client : `198.51.${n >> 8}.${n & 255}` }));
    expect(ask(requestOf(bearer(good.text), AFAR)).kind).toBe('pass');
    expect(ask(requestOf(bearer(good.text), { client: '192.0.2.1' })).kind).toBe('pass');
    const { ask: fresh } = bench([good.record]);
    for (let n = 0; n < 3000; n++) fresh(requestOf(guess(), { client: `198.51.${n >> 8}.${n & 255}` }));
    expect(fresh(requestOf(bearer(good.text), AFAR)).kind).toBe('pass');
  });

  it('at a key that many guess costs an address more', () => {
    const { ask, byAddress, clock } = bench([good.record]);
    for (let n = 0; n < 21; n++) ask(requestOf(guess(), { client: `198.51.100.${n}` }));
    ask(requestOf(guess(), AFAR));
    ask(requestOf(guess(), AFAR));
    expect(byAddress.waitMs(AFAR.client, clock.ms)).toBeGreaterThan(0);
  });

  it('an IPv6 site counts as one, its neighbours do not', () => {
    const { ask } = bench([good.record]);
    for (let n = 0; n < 10; n++) ask(requestOf(guess(), { client: `2001:db8:0:1::${n.toString(16)}` }));
    expect(ask(requestOf(guess(), { client: '2001:db8:0:1:ffff::1' })).kind).toBe('slow_down');
    expect(ask(requestOf(guess(), { client: '2001:db8:0:2::1' })).kind).toBe('unauthorized');
  });

  it('no key at all, an expired one and one without the scope are no guesses', () => {
    const expired = keyFor({ expiresAt: '2025-01-01T00:00:00Z' });
    const weak = keyFor({ scopes: ['search'] });
    const { ask } = bench([expired.record, weak.record]);
    for (let n = 0; n < 50; n++) {
      expect(ask(requestOf({}, AFAR)).kind).toBe('unauthorized');
      expect(ask(requestOf(bearer(expired.text), AFAR)).kind).toBe('unauthorized');
      expect(ask(requestOf(bearer(weak.text), AFAR)).kind).toBe('forbidden');
    }
  });
});

it('whatever the headers hold, there is a decision, and without the key it is never to pass', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('Bearer', 'bearer ', 'Basic ', 'wpc_', good.record.id, '.', ':', '=', ' ', 'Digest', '\u0000'),
    fc.base64String(),
  );
  const header = fc.array(word, { maxLength: 6 }).map((words) => words.join(''));
  const near = fc.tuple(fc.nat(good.text.length - 1), fc.string({ minLength: 1, maxLength: 1 })).map(([at, letter]) => {
    const text = good.text.slice(0, at) + letter + good.text.slice(at + 1);
    return text === good.text ? '' : `Bearer ${text}`;
  });
  const names = ['authorization', 'x-api-key', 'host', 'origin', 'sec-fetch-site', 'x-forwarded-for', 'forwarded'];
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names), fc.oneof(header, near)),
      fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()),
      header,
      (headers, client, query) => {
        const { ask } = bench([good.record], { admin: 'key', stats: 'key' });
        for (const area of ['admin', 'stats'] as const)
          expect(ask(requestOf(headers, { client, query }), area).kind).not.toBe('pass');
        ask(requestOf(headers, { client, query }), 'search');
      },
    ),
    runs(500),
  );
});
