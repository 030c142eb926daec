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

/** Enough for any array: alternating counts and zeros, at most 9 bytes a count. */
const scratch = new Uint8Array(COUNTS * 9);

/** Takes the counts out of an array: it is all zeros afterwards. @param end where only zeros follow */
export function encodeCounts(counts: Float64Array, end = counts.length): SparseCounts {
  let at = 0;
  let next = 0;
  for (let index = 0; index < end; index++) {
    const count = counts[index]!;
    if (count === 0) continue;
    if (index > next) at = writeNumber(at, (index - next) * 2 - 1);
    at = writeNumber(at, count * 2);
    counts[index] = 0;
    next = index + 1;
  }
  return scratch.slice(0, at);
}

/** By how much `now` has grown since `seen`, modulo 2³²; afterwards `seen` is as `now` was. */
export function encodeGrowth(now: Int32Array, seen: Int32Array): SparseCounts {
  let at = 0;
  let next = 0;
  for (let index = 0; index < COUNTS; index++) {
    const count = now[index]!;
    const before = seen[index]!;
    if (count === before) continue;
    seen[index] = count;
    if (index > next) at = writeNumber(at, (index - next) * 2 - 1);
    at = writeNumber(at, ((count - before) >>> 0) * 2);
    next = index + 1;
  }
  return scratch.slice(0, at);
}

const merging = new Float64Array(COUNTS);

/** One interval of several: equal parts are never copied. */
export function mergeCounts(parts: readonly SparseCounts[]): SparseCounts {
  if (parts.length === 1) return parts[0]!;
  let end = 0;
  for (const part of parts)
    eachCount(part, (index, count) => {
      merging[index]! += count;
      if (index >= end) end = index + 1;
    });
  return encodeCounts(merging, end);
}

/** How many events there are. */
export function totalOf(part: SparseCounts): number {
  let total = 0;
  eachCount(part, (_, count) => {
    total += count;
  });
  return total;
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
