/**
 * Counts that are mostly zero, as few bytes: the body of HdrHistogram's V2 encoding.
 *
 * ```
 * ZigZag LEB128 numbers, by ascending index:  n > 0  a count      n < 0  −n zeros follow each other
 * ```
 *
 * Each number takes 1 to 9 bytes, the ninth with eight bits of its own. Trailing zeros are left out.
 */
import { COUNTS } from './layout.ts';

/** An encoded interval; never changed once made. */
export type SparseCounts = Uint8Array;

export const NO_COUNTS: SparseCounts = new Uint8Array(0);

/** Enough for any array: alternating counts and zeros, at most 9 bytes a count. */
const scratch = new Uint8Array(COUNTS * 9);

export function encodeCounts(counts: ArrayLike<number>): SparseCounts {
  let at = 0;
  let zeros = 0;
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index]!;
    if (count === 0) {
      zeros += 1;
      continue;
    }
    if (zeros > 0) at = writeNumber(at, zeros * 2 - 1);
    zeros = 0;
    at = writeNumber(at, count * 2);
  }
  return scratch.slice(0, at);
}

/** @param zigZag below 2⁵³ */
function writeNumber(at: number, zigZag: number): number {
  let rest = zigZag;
  let end = at;
  while (rest >= 128) {
    scratch[end++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  scratch[end++] = rest;
  return end;
}

/**
 * Calls with each index that has a count, ascending.
 *
 * @throws RangeError where the bytes are no such encoding, or of a larger array than ours
 */
export function eachCount(bytes: SparseCounts, visit: (index: number, count: number) => void): void {
  let index = 0;
  let at = 0;
  while (at < bytes.length) {
    let value = 0;
    let factor = 1;
    let byte: number;
    do {
      if (at >= bytes.length || factor > 2 ** 49) throw new RangeError('A count is cut short or too large');
      byte = bytes[at++]!;
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte >= 128);
    if (value % 2 === 1) index += (value + 1) / 2;
    else {
      if (index >= COUNTS) throw new RangeError('More counts than the layout has');
      if (value > 0) visit(index, value / 2);
      index += 1;
    }
  }
}
