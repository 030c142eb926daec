/** Which addresses are meant? Ranges in CIDR notation (RFC 4632, RFC 4291), IPv4 ones inside the mapped block of IPv6. */
import { type Address, isIpv4, MAPPED_BITS, parseAddress, printAddress } from './address.ts';

export interface Network {
  /** Its bits beyond the prefix are zero. */
  readonly first: Address;
  /** Of 128: an IPv4 range of /24 has 120. */
  readonly prefixBits: number;
}

const ADDRESS_BITS = 128;
const WORD_BITS = 32;

/** `203.0.113.0/24`, `2001:db8::/32`, or an address alone; bits beyond the prefix are cleared. @returns null where it is none */
export function parseNetwork(text: string): Network | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  if (slash < 0) return { first: address, prefixBits: ADDRESS_BITS };
  const digits = text.slice(slash + 1);
  // A range that is written as IPv6 counts its bits as IPv6 does, mapped or not.
  const offset = text.includes(':') ? 0 : MAPPED_BITS;
  const prefixBits = offset + Number(digits);
  if (!/^(0|[1-9]\d{0,2})$/.test(digits) || prefixBits > ADDRESS_BITS) return null;
  return { first: masked(address, prefixBits), prefixBits };
}

export const networkOf = (address: Address, prefixBits: number): Network => ({
  first: masked(address, prefixBits),
  prefixBits,
});

/** Whether it holds IPv4 addresses alone. */
export const isIpv4Network = ({ first, prefixBits }: Network): boolean => prefixBits >= MAPPED_BITS && isIpv4(first);

export function printNetwork(network: Network): string {
  const { first, prefixBits } = network;
  return `${printAddress(first)}/${isIpv4Network(network) ? prefixBits - MAPPED_BITS : prefixBits}`;
}

/** A range of IPv6 holds no IPv4 address, as wide as it may be: who writes `::/0` does not mean those. */
export function contains({ first, prefixBits }: Network, address: Address): boolean {
  if (prefixBits < MAPPED_BITS && isIpv4(address)) return false;
  for (let word = 0; word < 4; word++)
    if (((first[word]! ^ address[word]!) & maskOf(prefixBits, word)) !== 0) return false;
  return true;
}

/** Ranges either lie apart, or one holds the other. */
export const overlap = (one: Network, other: Network): boolean =>
  one.prefixBits <= other.prefixBits ? contains(one, other.first) : contains(other, one.first);

export const includes = (networks: readonly Network[], address: Address): boolean => {
  for (const network of networks) if (contains(network, address)) return true;
  return false;
};

/** Ranges separated by commas; empty for none. */
export function parseNetworks(text: string): Network[] {
  return partsOf(text).map((part) => {
    const network = parseNetwork(part);
    if (network === null) throw new RangeError(`No range of addresses: ${part}`);
    return network;
  });
}

/** The first part that is no range, or null. */
export const unreadableRange = (text: string): string | null =>
  partsOf(text).find((part) => parseNetwork(part) === null) ?? null;

const partsOf = (text: string): string[] => (text.trim() === '' ? [] : text.split(',').map((part) => part.trim()));

const masked = ([a, b, c, d]: Address, bits: number): Address => [
  a & maskOf(bits, 0),
  b & maskOf(bits, 1),
  c & maskOf(bits, 2),
  d & maskOf(bits, 3),
];

function maskOf(prefixBits: number, word: number): number {
  const bits = prefixBits - word * WORD_BITS;
  if (bits <= 0) return 0;
  return bits >= WORD_BITS ? -1 : ~(-1 >>> bits);
}
