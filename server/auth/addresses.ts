/** Where does a request come from: this machine, a network that a key is bound to, or whose? */
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Network = readonly [Address, number];

const IPV6_SITE_BITS = 64;

/** IPv4 inside IPv6 is taken for what it is; null where it is no address. */
function parse(text: string): Address | null {
  try {
    return ipaddr.process(text);
  } catch {
    return null;
  }
}

export const isLoopback = (address: string): boolean => parse(address)?.range() === 'loopback';

/** A name or address to listen on that nobody beyond this machine reaches. */
export const isLoopbackHost = (host: string): boolean => host === 'localhost' || isLoopback(host);

/** Whose attempts count together: an IPv4 address, or the /64 that one IPv6 site has. */
export function siteOf(address: string): string {
  const parsed = parse(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed?.toString() ?? address;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${IPV6_SITE_BITS}`).toString()}/${IPV6_SITE_BITS}`;
}

/** An address or a network in CIDR notation, in its plain spelling; null where it is neither. */
export function canonicalNetwork(text: string): string | null {
  try {
    // The library also takes the octal and shortened IPv4 of old C libraries, which few people read as it does.
    const [host = '', bits] = text.split('/');
    if (!(host.includes(':') || ipaddr.IPv4.isValidFourPartDecimal(host))) return null;
    if (bits === undefined) return canonicalNetwork(`${host}/${host.includes(':') ? 128 : 32}`);
    const [address, prefix] = ipaddr.parseCIDR(text);
    const family = address instanceof ipaddr.IPv4 ? ipaddr.IPv4 : ipaddr.IPv6;
    return `${family.networkAddressFromCIDR(`${address.toString()}/${prefix}`).toString()}/${prefix}`;
  } catch {
    return null;
  }
}

/** @param text as {@link canonicalNetwork} gives it */
export const networkOf = (text: string): Network => ipaddr.parseCIDR(text);

export function within(address: string, networks: readonly Network[]): boolean {
  const parsed = parse(address);
  if (parsed === null) return false;
  // A network of the other family never holds it, and the library throws when asked.
  return networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match([network, bits] as never));
}
