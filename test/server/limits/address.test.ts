import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { isIpv4, isLocal, parseAddress, printAddress } from '../../../server/limits/address.ts';
import { runs } from '../../support/runs.ts';

const bytesOf = (address: readonly number[]): number[] =>
  address.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);

/** The library takes this deprecated form (RFC 4291, 2.5.5.1) for a mapped address; it is another one. */
const IPV4_COMPATIBLE = /^[0:]*:\d+\.\d+\.\d+\.\d+$/;

/** What the library reads, as 16 bytes. */
const expected = (text: string): number[] => {
  const parsed = ipaddr.parse(text);
  return (parsed.kind() === 'ipv4' ? (parsed as ipaddr.IPv4).toIPv4MappedAddress() : parsed).toByteArray();
};

/** Texts near to addresses: made of their characters, or addresses with something done to them. */
const nearAddress = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123456789abcdefF:.:.::'), maxLength: 48 }),
  fc
    .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(40), fc.constantFrom('', '0', ':', '.', '::', 'g', ' ', '%eth0'))
    .map(([address, at, extra]) => address.slice(0, at) + extra + address.slice(at)),
);

describe('an address', () => {
  it('is read as the library reads it, in whichever form it is written', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6().filter((text) => !IPV4_COMPATIBLE.test(text)),
        ),
        (text) => {
          expect(bytesOf(parseAddress(text)!)).toEqual(expected(text));
        },
      ),
      runs(600),
    );
  });

  it('is one exactly where Node says so, zones left out', () => {
    fc.assert(
      fc.property(nearAddress, (text) => {
        expect(parseAddress(text) !== null, text).toBe(isIPv4(text) || (isIPv6(text) && !text.includes('%')));
      }),
      runs(2000),
    );
  });

  it('comes back from its text', () => {
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), (address) => {
        expect(parseAddress(printAddress(address))).toEqual(address);
      }),
    );
  });

  it.each([
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['0000:0000:0000:0000:0000:ffff:cb00:7107', '203.0.113.7'],
    ['2001:0DB8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::1.2.3.4', '::102:304'],
  ])('%s is %s', (text, canonical) => {
    expect(printAddress(parseAddress(text)!)).toBe(canonical);
    expect(isIpv4(parseAddress(text)!)).toBe(canonical.includes('.'));
  });

  it.each([
    '',
    '1.2.3',
    '01.2.3.4',
    '0x7f.1',
    '2130706433',
    '1.2.3.4.',
    '1.2.3.256',
    ':::',
    '1::2::3',
    'fe80::1%lo',
    '[::1]',
  ])('%j is none', (text) => expect(parseAddress(text)).toBeNull());

  it.each([
    ['127.0.0.1', true],
    ['10.1.2.3', true],
    ['172.17.0.1', true],
    ['100.64.0.1', true],
    ['::1', true],
    ['fd00::1', true],
    ['fe80::1', true],
    ['203.0.113.7', false],
    ['8.8.8.8', false],
    ['2001:db8::1', false],
  ])('%s local: %s', (text, local) => expect(isLocal(parseAddress(text)!)).toBe(local));
});
