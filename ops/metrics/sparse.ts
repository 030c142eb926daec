/**
 * Counts that are mostly zero, as few bytes: the body of HdrHistogram's V2 encoding.
 *
 * ```
 * ZigZag LEB128 numbers, by ascending index:  n > 0  a count      n < 0  −n zeros follow each other
 * ```
 *
 * Each number takes 1 to 8 bytes here. Trailing zeros are left out.
 */
import { COUNTS } from './layout.ts';

/** An encoded interval; never changed once made. */
export type SparseCounts = Uint8Array;

/** Enough for any array: alternating counts and zeros, at most 8 bytes a count. */
const scratch = new Uint8Array(COUNTS * 8);

/** Writes counts by ascending index; one at a time, as all use the same scratch. */
export class SparseWriter {
  #at = 0;
  #next = 0;

  /** @param index above those before  @param count above 0, a whole number below 2⁵² */
  add(index: number, count: number): void {
    if (index > this.#next) this.#at = writeNumber(this.#at, (index - this.#next) * 2 - 1);
    this.#at = writeNumber(this.#at, count * 2);
    this.#next = index + 1;
  }

  /** What was written, and begins anew. */
  take(): SparseCounts {
    const bytes = this.#at === 0 ? NO_COUNTS : scratch.slice(0, this.#at);
    this.#at = 0;
    this.#next = 0;
    return bytes;
  }
}

const NO_COUNTS: SparseCounts = new Uint8Array(0);
const writer = new SparseWriter();

/** Takes the counts out of an array: it is all zeros afterwards. @param end where only zeros follow */
export function encodeCounts(counts: Float64Array, end = counts.length): SparseCounts {
  for (let index = 0; index < end; index++) {
    const count = counts[index]!;
    if (count === 0) continue;
    writer.add(index, count);
    counts[index] = 0;
  }
  return writer.take();
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
