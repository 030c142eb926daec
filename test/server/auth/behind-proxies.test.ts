/** Keys where proxies stand between: bound to the caller, not to the proxy, and guessed at the caller's own cost. */
import { describe, expect, it } from 'vitest';
import { bench, keyFor, requestOf } from './arrange.ts';

const PROXY = { client: '10.0.0.1' };
const bound = keyFor({ from: ['203.0.113.0/24'] });
const ofProxy = keyFor({ from: ['10.0.0.0/8'] });
const via = (said: string, key: string) => requestOf({ 'x-forwarded-for': said, 'x-api-key': key }, PROXY);

describe('a key that is bound to addresses', () => {
  const { ask } = bench([bound.record, ofProxy.record], {}, '10.0.0.0/8');

  it('is good for the caller that a trusted proxy names, and for nobody else', () => {
    expect(ask(via('203.0.113.9', bound.text)).kind).toBe('pass');
    expect(ask(via('203.0.113.9, 10.0.0.7', bound.text)).kind).toBe('pass');
    expect(ask(via('198.51.100.1', bound.text)).kind).toBe('forbidden');
    expect(ask(via('203.0.113.9, 198.51.100.1', bound.text)).kind).toBe('forbidden');
  });

  it('to the network of the proxies is not good for all who come through them', () => {
    expect(ask(via('198.51.100.1', ofProxy.text)).kind).toBe('forbidden');
    expect(ask(requestOf({ 'x-api-key': ofProxy.text }, PROXY)).kind).toBe('pass');
  });

  it.each(['', 'unknown', '_hidden', 'x, y', '203.0.113.9, ?'])(
    'is good for nobody where the proxy says %j',
    (said) => {
      for (const { text } of [bound, ofProxy])
        expect(ask(via(said, text))).toMatchObject({
          kind: 'forbidden',
          detail: expect.stringContaining('server.limits.forwardedHeader'),
        });
    },
  );

  it('does not believe the header of a peer that is no configured proxy', () => {
    const claimed = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9' };
    const request = requestOf({ ...claimed, 'x-api-key': bound.text }, { client: '198.51.100.1' });
    expect(ask(request)).toMatchObject({ kind: 'forbidden', detail: expect.stringContaining('198.51.100.1') });
    expect(bench([bound.record]).ask(via('203.0.113.9', bound.text)).kind).toBe('forbidden');
  });
});

describe('guessing through a proxy', () => {
  it('slows who guesses, not those beside him', () => {
    const { ask } = bench([], { failuresBurst: 3, failuresPerMinute: 1 }, '10.0.0.0/8');
    for (let n = 0; n < 3; n++) expect(ask(via('198.51.100.1', keyFor().text)).kind).toBe('unauthorized');
    expect(ask(via('198.51.100.1', keyFor().text)).kind).toBe('slow_down');
    expect(ask(via('198.51.100.2', keyFor().text)).kind).toBe('unauthorized');
  });

  it('is not made cheaper by names that the guesser puts in front', () => {
    const { ask } = bench([], { failuresBurst: 3, failuresPerMinute: 1 }, '10.0.0.0/8');
    const kinds = Array.from({ length: 5 }, (_, n) => ask(via(`192.0.2.${n}, 198.51.100.1`, keyFor().text)).kind);
    expect(kinds).toEqual(['unauthorized', 'unauthorized', 'unauthorized', 'slow_down', 'slow_down']);
  });
});

describe('being on this machine', () => {
  it.each([
    ['via', '1.1 squid'],
    ['x-forwarded-host', 'example.org'],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-server', 'example.org'],
    ['cf-connecting-ip', '203.0.113.9'],
    ['true-client-ip', '203.0.113.9'],
    ['x-client-ip', '203.0.113.9'],
    ['x-forwarded-for', ''],
  ])('proves nothing where %s shows that a proxy speaks', (name, value) => {
    expect(bench([]).ask(requestOf({ [name]: value })).kind).toBe('unauthorized');
  });

  it('is not gained by a proxy that says so of its caller', () => {
    const request = requestOf({ 'x-forwarded-for': '127.0.0.1' }, PROXY);
    expect(bench([], {}, '10.0.0.0/8').ask(request).kind).toBe('unauthorized');
  });
});
