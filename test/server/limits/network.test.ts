import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../server/limits/address.ts';
import {
  contains,
  type Network,
  overlap,
  parseNetwork,
  parseNetworks,
  printNetwork,
  unreadableRange,
} from '../../../server/limits/network.ts';
import { PrefixTree } from '../../../server/limits/prefix-tree.ts';
import { runs } from '../../support/runs.ts';

/** Few enough addresses that ranges meet. */
const byte = fc.constantFrom(0, 1, 2, 128, 192, 255);
const ipv4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'));
const group = fc.constantFrom('0', '1', '8000', 'ffff', 'db8');
const ipv6 = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':'));
const range = fc.oneof(
  fc.tuple(ipv4, fc.nat(32)).map(([address, bits]) => `${address}/${bits}`),
  fc.tuple(ipv6, fc.nat(128)).map(([address, bits]) => `${address}/${bits}`),
);

const holds = (cidr: string, address: string): boolean => {
  const [network, bits] = ipaddr.parseCIDR(cidr);
  const one = ipaddr.parse(address);
  return one.kind() === network.kind() && one.match(network, bits);
};

describe('a range', () => {
  it('holds what the library says it holds', () => {
    fc.assert(
      fc.property(fc.tuple(ipv4, fc.nat(32)), ipv4, ([address, bits], asked) => {
        const cidr = `${address}/${bits}`;
        expect(contains(parseNetwork(cidr)!, parseAddress(asked)!)).toBe(holds(cidr, asked));
      }),
    );
    fc.assert(
      fc.property(fc.tuple(ipv6, fc.nat(128)), ipv6, ([address, bits], asked) => {
        const cidr = `${address}/${bits}`;
        expect(contains(parseNetwork(cidr)!, parseAddress(asked)!)).toBe(holds(cidr, asked));
      }),
    );
  });

  it('overlaps another exactly where one holds an end of the other', () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        const [one, other] = [parseNetwork(a)!, parseNetwork(b)!];
        expect(overlap(one, other)).toBe(contains(one, other.first) || contains(other, one.first));
        expect(overlap(one, other)).toBe(overlap(other, one));
      }),
    );
  });

  it('is printed in one way only', () => {
    fc.assert(
      fc.property(range, (text) => {
        const network = parseNetwork(text)!;
        expect(parseNetwork(printNetwork(network))).toEqual(network);
      }),
    );
    expect(printNetwork(parseNetwork('203.0.113.77/24')!)).toBe('203.0.113.0/24');
    expect(printNetwork(parseNetwork('::ffff:203.0.113.77/120')!)).toBe('203.0.113.0/24');
    expect(printNetwork(parseNetwork('2001:DB8::1')!)).toBe('2001:db8::1/128');
  });

  it.each(['1.2.3.4/33', '1.2.3.4/', '1.2.3.4/-1', '1.2.3.4/08', '1.2.3.4/8/8', '::/129', 'x/8', '/8', ''])(
    '%j is none',
    (text) => expect(parseNetwork(text)).toBeNull(),
  );

  it('a list says which part is none', () => {
    expect(parseNetworks(' ')).toEqual([]);
    expect(parseNetworks('127.0.0.0/8, ::1')).toHaveLength(2);
    expect(unreadableRange('127.0.0.0/8,10.0.0.300/8,x')).toBe('10.0.0.300/8');
    expect(unreadableRange('127.0.0.0/8,')).toBe('');
    expect(() => parseNetworks('127.0.0.0/8,x')).toThrow('No range of addresses: x');
  });
});

it('the tree finds the widest of the ranges that hold an address, and none where none does', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 20 }), fc.oneof(ipv4, ipv6), (ranges, asked) => {
      const tree = new PrefixTree<Network>();
      const networks = ranges.map((text) => parseNetwork(text)!);
      for (const network of networks) tree.set(network, network);
      const address = parseAddress(asked)!;
      const holding = networks.filter((network) => contains(network, address));
      const widest = Math.min(...holding.map(({ prefixBits }) => prefixBits));
      expect(tree.find(address)?.prefixBits ?? Number.POSITIVE_INFINITY).toBe(widest);
    }),
    runs(300),
  );
});
