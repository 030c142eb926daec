import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printAddress } from '../../../server/limits/address.ts';
import { callerFinder, type ForwardedHeader } from '../../../server/limits/forwarded.ts';
import { parseNetworks } from '../../../server/limits/network.ts';
import { runs } from '../../support/runs.ts';
import { count, openDesk } from './support.ts';

const PROXY = '10.0.0.1';

const callerOf = (said: string, header: ForwardedHeader = 'x-forwarded-for', client = PROXY) => {
  const find = callerFinder(parseNetworks('10.0.0.0/8,2001:db8:ff::/48'), header);
  const { address, known } = find({ client, headers: new Map([[header, said]]) });
  return [printAddress(address), known];
};

describe('behind configured proxies', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7', 'forwarded'],
    ['127.0.0.1, 203.0.113.7', '203.0.113.7', 'forwarded'],
    ['198.51.100.1, 203.0.113.7, 10.0.0.9,10.0.0.8', '203.0.113.7', 'forwarded'],
    ['10.0.0.9, 10.0.0.8', '10.0.0.9', 'forwarded'],
    ['203.0.113.7:4711', '203.0.113.7', 'forwarded'],
    ['[2001:db8::1]:4711', '2001:db8::1', 'forwarded'],
    ['2001:db8::1, 2001:db8:ff::1', '2001:db8::1', 'forwarded'],
    ['::ffff:203.0.113.7', '203.0.113.7', 'forwarded'],
    ['203.0.113.7, unknown, 10.0.0.9', '10.0.0.9', 'vague'],
    ['nobody', PROXY, 'vague'],
    ['', PROXY, 'vague'],
    ['203.0.113.7,', PROXY, 'vague'],
  ])('X-Forwarded-For: %s is %s', (said, address, known) => expect(callerOf(said)).toEqual([address, known]));

  it.each([
    ['for=203.0.113.7', '203.0.113.7', 'forwarded'],
    ['for=127.0.0.1, For="[2001:db8::1]:4711";proto=https;by=10.0.0.9', '2001:db8::1', 'forwarded'],
    ['for=203.0.113.7;host="a,b;for=9.9.9.9", for=10.0.0.9', '203.0.113.7', 'forwarded'],
    ['for=203.0.113.7;ext="\\",for=9.9.9.9"', '203.0.113.7', 'forwarded'],
    ['for=_hidden', PROXY, 'vague'],
    ['for=unknown, for=10.0.0.9', '10.0.0.9', 'vague'],
    ['proto=https', PROXY, 'vague'],
    ['for="', PROXY, 'vague'],
  ])('Forwarded: %s is %s', (said, address, known) => expect(callerOf(said, 'forwarded')).toEqual([address, known]));

  it('X-Real-IP holds one address', () => {
    expect(callerOf('203.0.113.7', 'x-real-ip')).toEqual(['203.0.113.7', 'forwarded']);
    expect(callerOf('127.0.0.1, 203.0.113.7', 'x-real-ip')).toEqual([PROXY, 'vague']);
  });

  it('only the configured header is believed', () => {
    const find = callerFinder(parseNetworks('10.0.0.0/8'), 'x-forwarded-for');
    const headers = new Map([
      ['forwarded', 'for=127.0.0.1'],
      ['x-real-ip', '127.0.0.1'],
      ['x-forwarded-for', '203.0.113.7'],
    ]);
    expect(printAddress(find({ client: PROXY, headers }).address)).toBe('203.0.113.7');
  });

  it('a chain is not read without end', () => {
    expect(callerOf(['203.0.113.7', ...Array.from({ length: 40 }, () => '10.0.0.9')].join())).toEqual([
      '10.0.0.9',
      'vague',
    ]);
  });
});

describe('from anyone else', () => {
  it('the header means nothing, and the request is counted as that of a stranger', () => {
    expect(callerOf('127.0.0.1', 'x-forwarded-for', '203.0.113.7')).toEqual(['203.0.113.7', 'stranger']);
    expect(callerOf('for=127.0.0.1', 'forwarded', '203.0.113.7')).toEqual(['203.0.113.7', 'stranger']);
  });

  it('a client cannot have more by making up addresses, nor be taken for loopback', async () => {
    const settings = { maxRequests: 1, windowSeconds: 60, burst: 3 };
    const direct = openDesk(settings);
    const behind = openDesk({ ...settings, trustedProxies: PROXY });
    const direct429: number[] = [];
    const behind429: number[] = [];
    for (let at = 0; at < 20; at++) {
      const said = at % 2 === 0 ? '127.0.0.1' : `198.51.100.${at}`;
      direct429.push(...(await direct.searches(1, { headers: { 'x-forwarded-for': said } })));
      const headers = { 'x-forwarded-for': `${said}, 203.0.113.7` };
      behind429.push(...(await behind.searches(1, { client: PROXY, headers })));
    }
    expect([count(direct429, 200), count(behind429, 200)]).toEqual([3, 3]);
    expect(direct.limits.status().forwardedByStrangers).toBe(20);
  });

  it('clients behind a proxy have a limit each', async () => {
    const { searches } = openDesk({ maxRequests: 1, windowSeconds: 60, burst: 1, trustedProxies: '127.0.0.1' });
    for (const said of ['203.0.113.1', '203.0.113.2'])
      expect(await searches(2, { client: '127.0.0.1', headers: { 'x-forwarded-for': said } })).toEqual([200, 429]);
    // One that the proxy could not name is not exempt for being the proxy's neighbour.
    expect(await searches(2, { client: '127.0.0.1', headers: { 'x-forwarded-for': '_x' } })).toEqual([200, 429]);
    expect(await searches(2, { client: '127.0.0.1' })).toEqual([200, 200]);
  });
});

it('hostile headers never throw, and never name an address that is not in them or the peer', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'for=',
      '"',
      '[',
      ']',
      ':',
      ',',
      ';',
      '\\',
      '::',
      '127.0.0.1',
      '10.0.0.9',
      'unknown',
      '_x',
      '%',
      '=',
    ),
    fc.ipV4(),
    fc.ipV6(),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.string({ unit: fc.constantFrom('0', '1', ':', '.', 'f', ','), maxLength: 300 }),
  );
  const said = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
  const headers = fc.constantFrom<ForwardedHeader>('x-forwarded-for', 'forwarded', 'x-real-ip');
  fc.assert(
    fc.property(said, headers, (text, header) => {
      const [address, known] = callerOf(text, header);
      expect(['peer', 'forwarded', 'vague']).toContain(known);
      if (known !== 'forwarded') expect(address === PROXY || /^10\.|^2001:db8:ff:/.test(address!)).toBe(true);
    }),
    runs(1000),
  );
});
