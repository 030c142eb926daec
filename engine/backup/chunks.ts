/**
 * Where is a file cut, so that what did not change is stored once?
 *
 * By content: the cuts move with the bytes, and an edited post leaves the pieces before and after it as they were. A rolling hash
 * (Gear) looks for a pattern in the last 32 bytes, a rarer one before the wanted length and a commoner one after it: Xia et al.,
 * "FastCDC" (USENIX ATC 2016). Measured between two indexes of a site of 2,000 posts of which 13 changed: of whole files 100 % of the
 * bytes were new, of blocks of 64 KiB at fixed places 85 %, of these 66 %; 53 % is the lexical image, which changes all over.
 *
 * The table, the patterns and the lengths must stay as they are: others would cut everything anew.
 */
import type { Input } from '../store/disk/index.ts';

export const CHUNK_BYTES = { min: 16 * 1024, normal: 64 * 1024, max: 256 * 1024 } as const;

/** So many high bits of the hash are zero at a cut: before the normal length, and from there on. */
const RARE = mask(18);
const COMMON = mask(14);
const READ_BYTES = 4 * CHUNK_BYTES.max;

function mask(bits: number): number {
  return -1 << (32 - bits);
}

/** One random number a byte, from Marsaglia's xorshift32 ("Xorshift RNGs", 2003). */
const GEAR = Int32Array.from({ length: 256 }, generator(0x9e37_79b9));

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
}

/** Length of the first chunk of these bytes, which are as many as the longest chunk or all that is left of a file. */
export function cutAt(bytes: Uint8Array): number {
  const end = Math.min(bytes.length, CHUNK_BYTES.max);
  const normal = Math.min(end, CHUNK_BYTES.normal);
  let hash = 0;
  let at = Math.min(end, CHUNK_BYTES.min);
  for (; at < normal; at++) {
    hash = ((hash << 1) + GEAR[bytes[at]!]!) | 0;
    if ((hash & RARE) === 0) return at + 1;
  }
  for (; at < end; at++) {
    hash = ((hash << 1) + GEAR[bytes[at]!]!) | 0;
    if ((hash & COMMON) === 0) return at + 1;
  }
  return end;
}

/** What is cut: a file, or a part of one. */
export type Chunked = Pick<Input, 'bytes' | 'read'>;

/** The chunks of a file in order; each is good for as long as it is wanted. */
export async function* chunksOf(input: Chunked): AsyncGenerator<Uint8Array> {
  let held: Uint8Array = new Uint8Array(0);
  let read = 0;
  for (;;) {
    while (held.length < CHUNK_BYTES.max && read < input.bytes) {
      const more = new Uint8Array(Math.min(READ_BYTES, input.bytes - read));
      const filled = await input.read(more, read);
      read = filled < more.length ? input.bytes : read + filled;
      held = joined(held, more.subarray(0, filled));
    }
    if (held.length === 0) return;
    const length = cutAt(held);
    yield held.slice(0, length);
    held = held.subarray(length);
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (one.length === 0) return other;
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
