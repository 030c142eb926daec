import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalNetwork, isLoopbackHost, networkOf, siteOf, within } from '../../../server/auth/addresses.ts';

it.each([
  ['203.0.113.7/24', '203.0.113.0/24'],
  ['203.0.113.7', '203.0.113.7/32'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:DB8::1/48', '2001:db8::/48'],
  ['::1', '::1/128'],
  ['203.0.113.7/33', null],
  ['203.0.113/24', null],
  ['0xcb007107', null],
  ['010.0.0.1', null],
  ['example.com', null],
  ['', null],
  ['1.2.3.4/8/8', null],
  ['1.2.3.4/', null],
])('%j as a network is %j, and that again is itself', (text, expected) => {
  const network = canonicalNetwork(text);
  expect(network).toBe(expected);
  if (network !== null) expect(canonicalNetwork(network)).toBe(network);
});

it('an IPv4 network holds exactly the addresses whose first bits are its own', () => {
  const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (network, address, bits) => {
      const size = 2 ** (32 - bits);
      const expected = Math.floor(number(network) / size) === Math.floor(number(address) / size);
      expect(within(address, [networkOf(canonicalNetwork(`${network}/${bits}`)!)])).toBe(expected);
      expect(within(`::ffff:${address}`, [networkOf(canonicalNetwork(`${network}/${bits}`)!)])).toBe(expected);
    }),
  );
});

it('loopback is 127/8, ::1 and localhost', () => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1']) expect(isLoopbackHost(host), host).toBe(true);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'localhost.evil.example', 'wp.example', '128.0.0.1'])
    expect(isLoopbackHost(host), host).toBe(false);
});

it('an IPv6 site has one name, an IPv4 address in either spelling too', () => {
  expect(siteOf('2001:db8:0:1:2:3:4:5')).toBe(siteOf('2001:db8:0:1::'));
  expect(siteOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(siteOf('')).toBe('');
});
