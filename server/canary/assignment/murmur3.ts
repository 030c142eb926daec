/**
 * MurmurHash3 x86_32 (Austin Appleby, 2010, public domain) of a text in UTF-8: what Unleash's clients spread their users with, so that
 * whoever knows their arm there has the same one here.
 */

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;
const encoder = new TextEncoder();
/** Longer texts are rare, and encoded anew each time. */
const SHORT_CHARS = 256;
/** UTF-8 has at most three bytes for a UTF-16 code unit. */
const scratch = new Uint8Array(3 * SHORT_CHARS);

/** @returns 0 … 2³² − 1 */
export function murmur3(text: string, seed = 0): number {
  if (text.length > SHORT_CHARS) {
    const bytes = encoder.encode(text);
    return hashOf(bytes, bytes.length, seed);
  }
  return hashOf(scratch, encoder.encodeInto(text, scratch).written, seed);
}

function hashOf(bytes: Uint8Array, length: number, seed: number): number {
  let hash = seed | 0;
  const whole = length & ~3;
  for (let at = 0; at < whole; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash ^= scrambled(word);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = length - 1; at >= whole; at--) tail = (tail << 8) | bytes[at]!;
  if (whole < length) hash ^= scrambled(tail);
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scrambled(word: number): number {
  const mixed = Math.imul(word, C1);
  return Math.imul((mixed << 15) | (mixed >>> 17), C2);
}
