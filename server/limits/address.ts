/**
 * Which address is it? Text → 128 bits, and back.
 *
 * IPv4 is held as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2), so that `203.0.113.7` and `::ffff:203.0.113.7` are one client. Only the
 * forms that every stack agrees on are read: no octal or short IPv4, no zones. This is on the path of each request; the library
 * prints, which is not.
 */
import ipaddr from 'ipaddr.js';

/** Four words of 32 bits, as signed integers, the most significant first. */
export type Address = readonly [number, number, number, number];

/** Bits before those of an IPv4 address. */
export const MAPPED_BITS = 96;
const MAPPED_WORD = 0xffff;
/** No text of an address is longer: `0000:0000:0000:0000:0000:ffff:255.255.255.255`. */
const CHARS_MAX = 45;
const GROUPS = 8;

const ZERO = 48;
const NINE = 57;
const DOT = 46;
const COLON = 58;

export const isIpv4 = ([first, second, third]: Address): boolean =>
  first === 0 && second === 0 && third === MAPPED_WORD;

/** @returns null where the text is no address */
export function parseAddress(text: string): Address | null {
  if (text.length > CHARS_MAX) return null;
  if (text.includes(':')) return parseIpv6(text);
  const word = parseIpv4(text, 0);
  return word === null ? null : [0, 0, MAPPED_WORD, word];
}

export function printAddress(address: Address): string {
  if (isIpv4(address)) return bytesOf(address[3]).join('.');
  return ipv6Of(address).toRFC5952String();
}

const LOCAL_RANGES: ReadonlySet<string> = new Set([
  'carrierGradeNat',
  'linkLocal',
  'loopback',
  'private',
  'uniqueLocal',
  'unspecified',
]);

/** Whether it is of this machine or of a network that is not the internet. */
export const isLocal = (address: Address): boolean =>
  LOCAL_RANGES.has((isIpv4(address) ? new ipaddr.IPv4(bytesOf(address[3])) : ipv6Of(address)).range());

const ipv6Of = (address: Address): ipaddr.IPv6 =>
  new ipaddr.IPv6(address.flatMap((word) => [word >>> 16, word & 0xffff]));

const bytesOf = (word: number): number[] => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255];

/** Four decimal bytes from `start` to the end of the text, as a signed word. */
function parseIpv4(text: string, start: number): number | null {
  let word = 0;
  let byte = 0;
  let digits = 0;
  let dots = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0 || dots === 3) return null;
      word = (word << 8) | byte;
      dots += 1;
      byte = 0;
      digits = 0;
      continue;
    }
    if (code < ZERO || code > NINE || (digits > 0 && byte === 0)) return null;
    byte = byte * 10 + code - ZERO;
    digits += 1;
    if (byte > 255) return null;
  }
  return dots === 3 && digits > 0 ? (word << 8) | byte : null;
}

function hexOf(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** RFC 4291, 2.2: eight groups, one run of zeros as `::`, the last two groups perhaps as IPv4. */
function parseIpv6(text: string): Address | null {
  const groups: number[] = [];
  let gapAt = -1;
  let at = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return null;
    gapAt = 0;
    at = 2;
  }
  while (at < text.length) {
    const start = at;
    let group = 0;
    for (; at < text.length; at++) {
      const digit = hexOf(text.charCodeAt(at));
      if (digit < 0) break;
      group = (group << 4) | digit;
    }
    if (text.charCodeAt(at) === DOT) {
      const word = parseIpv4(text, start);
      if (word === null) return null;
      groups.push(word >>> 16, word & 0xffff);
      return assemble(groups, gapAt);
    }
    if (at === start || at - start > 4) return null;
    groups.push(group);
    if (at === text.length) break;
    if (text.charCodeAt(at) !== COLON || at + 1 === text.length) return null;
    at += 1;
    if (text.charCodeAt(at) !== COLON) continue;
    if (gapAt >= 0) return null;
    gapAt = groups.length;
    at += 1;
  }
  return assemble(groups, gapAt);
}

function assemble(groups: readonly number[], gapAt: number): Address | null {
  const missing = GROUPS - groups.length;
  if (gapAt < 0 ? missing !== 0 : missing < 1) return null;
  const group = (at: number): number => {
    if (gapAt < 0 || at < gapAt) return groups[at]!;
    return at < gapAt + missing ? 0 : groups[at - missing]!;
  };
  const word = (at: number): number => (group(2 * at) << 16) | group(2 * at + 1);
  return [word(0), word(1), word(2), word(3)];
}
