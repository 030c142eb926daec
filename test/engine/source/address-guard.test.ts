import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalHost, classifyAddress, createAddressGuard } from '../../../engine/source/address-guard.ts';

const SITE = new URL('https://blog.example/');

describe('classifyAddress', () => {
  it.each([
    ['first and last of 127/8', ['127.0.0.0', '127.0.0.1', '127.255.255.255'], 'loopback'],
    ['the loopback of IPv6', ['::1', '0:0:0:0:0:0:0:1'], 'loopback'],
    ['10/8', ['10.0.0.0', '10.255.255.255'], 'private'],
    ['172.16/12', ['172.16.0.0', '172.31.255.255'], 'private'],
    ['192.168/16', ['192.168.0.0', '192.168.255.255'], 'private'],
    ['100.64/10, carrier-grade NAT', ['100.64.0.0', '100.127.255.255'], 'private'],
    ['fc00::/7, unique local', ['fc00::', 'fd00::1', 'fdff:ffff::'], 'private'],
    ['169.254/16 with the metadata service', ['169.254.0.0', '169.254.169.254', '169.254.255.255'], 'forbidden'],
    ['fe80::/10, also with a zone', ['fe80::1', 'febf::1', 'fe80::1%eth0'], 'forbidden'],
    ['0/8', ['0.0.0.0', '0.255.255.255'], 'forbidden'],
    ['IPv4-mapped IPv6, of public addresses too', ['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1'], 'forbidden'],
    ['IPv4-compatible IPv6', ['::127.0.0.1', '::7f00:1', '::'], 'forbidden'],
    ['NAT64', ['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1'], 'forbidden'],
    ['6to4 and Teredo', ['2002:7f00:1::', '2002:808:808::', '2001::1'], 'forbidden'],
    ['multicast and broadcast', ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'], 'forbidden'],
    ['reserved and documentation', ['240.0.0.1', '192.0.2.1', '198.18.0.1', '192.0.0.1', '2001:db8::1'], 'forbidden'],
    ['site-local and unassigned IPv6', ['fec0::1', '4000::1', '100::1'], 'forbidden'],
    ['what is not an address', ['', 'localhost', '0x7f000001', '127.1', '017700000001', '1.2.3.4.5'], 'forbidden'],
    ['neighbours of the ranges', ['9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0'], 'public'],
    [
      'more neighbours',
      ['192.167.255.255', '192.169.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
      'public',
    ],
    ['public addresses', ['1.1.1.1', '93.184.216.34', '169.253.255.255', '2606:4700::1111'], 'public'],
  ])('knows %s', (_name, addresses, expected) => {
    for (const address of addresses) expect([address, classifyAddress(address)]).toEqual([address, expected]);
  });

  it('agrees with plain arithmetic on every IPv4 address of the private and loopback blocks', () => {
    const blocks: [number, number, string][] = [
      [0x0a000000, 8, 'private'],
      [0xac100000, 12, 'private'],
      [0xc0a80000, 16, 'private'],
      [0x64400000, 10, 'private'],
      [0x7f000000, 8, 'loopback'],
      [0xa9fe0000, 16, 'forbidden'],
      [0x00000000, 8, 'forbidden'],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...blocks), fc.nat(0xffffffff), ([base, bits, expected], random) => {
        const value = base + (random % 2 ** (32 - bits));
        const address = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
        expect(classifyAddress(address)).toBe(expected);
        expect(classifyAddress(`::ffff:${address}`)).toBe('forbidden');
      }),
    );
  });
});

describe('canonicalHost', () => {
  it.each([
    ['2130706433', '127.0.0.1'],
    ['0x7f000001', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['017700000001', '127.0.0.1'],
    ['0177.0.0.01', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['①②⑦.0.0.1', '127.0.0.1'],
    ['LOCALHOST.', 'localhost'],
    ['Blog.Example..', 'blog.example'],
    ['::1', '::1'],
    ['[0:0::1]', '::1'],
  ])('reads %s as %s', (spelling, expected) => {
    expect(canonicalHost(spelling)).toBe(expected);
  });

  it.each(['', 'a b', 'host/path', 'user@host', 'host:80', 'http://host', '999.1.1.1'])('refuses %j', (spelling) => {
    expect(canonicalHost(spelling)).toBeNull();
  });
});

describe('an address guard', () => {
  const codeOf = (act: () => void): string => {
    try {
      act();
      return 'allowed';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://017700000001/',
    'http://127.0.0.1./',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://10.1.2.3/',
    'http://169.254.169.254/latest/meta-data/',
    'http://localhost/',
    'http://LOCALHOST./',
    'ftp://blog.example/',
    'file:///etc/passwd',
    'https://user:secret@blog.example/',
  ])('of a public site refuses to be led to %s', (address) => {
    const guard = createAddressGuard(new URL('http://blog.example/'), []);
    expect(codeOf(() => guard.checkUrl(new URL(address), new URL('http://blog.example/')))).toBe('source_refused');
  });

  it('does not say the password of an address it refuses', () => {
    const guard = createAddressGuard(SITE, []);
    expect(() => guard.checkUrl(new URL('https://user:secret@blog.example/'), null)).toThrow(/^(?!.*secret)/u);
  });

  it('refuses to fall from https to http, also on the same host', () => {
    const guard = createAddressGuard(SITE, []);
    expect(codeOf(() => guard.checkUrl(new URL('http://blog.example/'), SITE))).toBe('source_refused');
    expect(codeOf(() => guard.checkUrl(SITE, new URL('http://blog.example/')))).toBe('allowed');
  });

  it('reads this machine when the operator typed it, and never by way of another host', () => {
    for (const typed of ['http://127.0.0.1:8080/', 'http://[::1]:8080/', 'http://localhost:8080/']) {
      const from = new URL(typed);
      const guard = createAddressGuard(from, []);
      const host = from.hostname;
      expect(codeOf(() => guard.checkUrl(from, null))).toBe('allowed');
      expect(codeOf(() => guard.checkAddress(host, '127.0.0.1'))).toBe('allowed');
      expect(codeOf(() => guard.checkUrl(from, new URL('http://evil.example/')))).toBe('source_refused');
      expect(codeOf(() => guard.checkAddress('evil.example', '127.0.0.1'))).toBe('source_refused');
      expect(codeOf(() => guard.checkAddress(host, '10.0.0.1'))).toBe('source_refused');
    }
  });

  it('does not count other loopback addresses as typed', () => {
    const from = new URL('http://127.0.0.2/');
    expect(codeOf(() => createAddressGuard(from, []).checkUrl(from, null))).toBe('source_refused');
  });

  it('opens exactly the private hosts that are named, in any spelling', () => {
    const guard = createAddressGuard(SITE, ['Intranet.Example.', '0x0a000001', 'wp.local']);
    expect(codeOf(() => guard.checkAddress('intranet.example', '192.168.1.1'))).toBe('allowed');
    expect(codeOf(() => guard.checkAddress('INTRANET.example.', '192.168.1.1'))).toBe('allowed');
    expect(codeOf(() => guard.checkAddress('10.0.0.1', '10.0.0.1'))).toBe('allowed');
    expect(codeOf(() => guard.checkAddress('wp.local', '127.0.0.1'))).toBe('allowed');
    expect(codeOf(() => guard.checkAddress('10.0.0.2', '10.0.0.2'))).toBe('source_refused');
    expect(codeOf(() => guard.checkAddress('www.intranet.example', '192.168.1.1'))).toBe('source_refused');
  });

  it('never opens link-local, mapped or reserved addresses, named or not', () => {
    const addresses = ['169.254.169.254', '::ffff:10.0.0.1', '64:ff9b::a00:1', '0.0.0.0', 'fe80::1', '240.0.0.1'];
    const guard = createAddressGuard(SITE, ['metadata.local', ...addresses]);
    for (const address of addresses) {
      expect(codeOf(() => guard.checkAddress('metadata.local', address))).toBe('source_refused');
      expect(codeOf(() => guard.checkAddress(address, address))).toBe('source_refused');
    }
  });

  it('says how to open a private host, and refuses a name that is none', () => {
    const guard = createAddressGuard(SITE, []);
    try {
      guard.checkAddress('intranet.example', '10.0.0.1');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ place: { remedy: expect.stringContaining('intranet.example') } });
    }
    expect(codeOf(() => createAddressGuard(SITE, ['http://intranet.example']))).toBe('config_invalid');
  });
});
