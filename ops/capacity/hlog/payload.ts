/**
 * The histogram of an interval log's line, in each of HdrHistogram's three encodings (its EncodableHistogram, big-endian).
 *
 * ```
 * field   base64 of: int32 cookie | int32 length | zlib of the plain histogram
 * V0      int32 cookie | int32 digits | int64 lowest | int64 highest | int64 total | counts of 2, 4 or 8 bytes
 * V1      int32 cookie | int32 length | int32 index offset | int32 digits | int64 lowest | int64 highest | float64 ratio
 *         | counts of 2, 4 or 8 bytes
 * V2      head as V1 | ZigZag LEB128 numbers, at most 9 bytes each: n > 0 a count, n < 0 a run of −n zeros
 * ```
 *
 * The ratio concerns histograms of fractions alone, and is not looked at: one library writes it as an integer.
 *
 * The second hex digit of a cookie says how wide a count is; without it, cookies name the version.
 */
import { inflateSync } from 'node:zlib';
import { Buckets } from './buckets.ts';
import { bucketBounds, type Layout, layoutOf } from './layout.ts';

const WIDTH_MASK = 0xf0;
const COMPRESSED = [0x1c849309, 0x1c849302, 0x1c849304] as const;
const PLAIN = [0x1c849308, 0x1c849301, 0x1c849303] as const;
const VERSION_2 = 2;
/** Of histograms whose values are fractions: another format around the same one. */
const FRACTIONS = new Set([0x0c72124e, 0x0c72124f]);

const FIELD_HEAD_BYTES = 8;
const HEAD_BYTES = [32, 40, 40] as const;
/** The widest range at five digits in eight bytes a count is below this; more is a decompression bomb. */
const PLAIN_BYTES_MAX = 2 ** 26;

/** @throws RangeError which says what is wrong with it */
export function decodePayload(field: string): Buckets {
  const bytes = Buffer.from(field, 'base64');
  if (bytes.length < FIELD_HEAD_BYTES) throw new RangeError('The histogram is cut short');
  const cookie = bytes.readInt32BE(0);
  if (FRACTIONS.has(cookie)) throw new RangeError('A histogram of fractions (DoubleHistogram)');
  const version = COMPRESSED.indexOf((cookie & ~WIDTH_MASK) as (typeof COMPRESSED)[number]);
  if (version < 0) throw new RangeError(`Not a compressed histogram: it begins with 0x${hex(cookie)}`);
  if (bytes.readInt32BE(4) !== bytes.length - FIELD_HEAD_BYTES) throw new RangeError('The histogram is cut short');
  const plain = inflated(bytes.subarray(FIELD_HEAD_BYTES));
  const head = headOf(plain, version);
  const counts = plain.subarray(HEAD_BYTES[version]!, head.end);
  return head.wordBytes === null
    ? variableCounts(counts, head.layout)
    : fixedCounts(counts, head.layout, head.wordBytes);
}

const hex = (cookie: number): string => (cookie >>> 0).toString(16).padStart(8, '0');

function inflated(bytes: Buffer): Buffer {
  try {
    return inflateSync(bytes, { maxOutputLength: PLAIN_BYTES_MAX });
  } catch (error) {
    throw new RangeError(`The histogram is damaged: ${(error as Error).message}`);
  }
}

interface Head {
  readonly layout: Layout;
  /** Bytes of a count; null where each says so itself. */
  readonly wordBytes: number | null;
  /** Where the counts end. */
  readonly end: number;
}

function headOf(plain: Buffer, version: number): Head {
  if (plain.length < HEAD_BYTES[version]!) throw new RangeError('The histogram has no head');
  const cookie = plain.readInt32BE(0);
  if ((cookie & ~WIDTH_MASK) !== PLAIN[version]) throw new RangeError(`Another version inside: 0x${hex(cookie)}`);
  const wordBytes = version === VERSION_2 ? null : ((cookie & WIDTH_MASK) >> 4) & 0xe;
  if (wordBytes !== null && ![2, 4, 8].includes(wordBytes))
    throw new RangeError(`Counts of 2, 4 or 8 bytes expected: ${wordBytes}`);
  if (version === 0) {
    const layout = layoutOf(plain.readBigInt64BE(8), plain.readBigInt64BE(16), plain.readInt32BE(4));
    return { layout, wordBytes, end: plain.length };
  }
  const layout = layoutOf(plain.readBigInt64BE(16), plain.readBigInt64BE(24), plain.readInt32BE(12));
  const end = HEAD_BYTES[version]! + plain.readInt32BE(4);
  if (end < HEAD_BYTES[version]! || end > plain.length) throw new RangeError('The counts are cut short');
  return { layout, wordBytes, end };
}

function fixedCounts(counts: Buffer, layout: Layout, wordBytes: number): Buckets {
  const buckets = new Buckets();
  const length = Math.floor(counts.length / wordBytes);
  for (let index = 0; index < length; index++) {
    const at = index * wordBytes;
    const count =
      wordBytes === 8
        ? Number(counts.readBigInt64BE(at))
        : wordBytes === 4
          ? counts.readInt32BE(at)
          : counts.readInt16BE(at);
    take(buckets, layout, index, count);
  }
  return buckets;
}

/** Bytes before the last of a number carry seven bits each; a ninth carries eight. */
const LAST_BYTE_SHIFT = 56n;

function variableCounts(counts: Buffer, layout: Layout): Buckets {
  const buckets = new Buckets();
  let index = 0;
  let at = 0;
  while (at < counts.length) {
    let zigZag = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (at >= counts.length) throw new RangeError('A count is cut short');
      const byte = counts[at++]!;
      const last = shift === LAST_BYTE_SHIFT;
      zigZag |= BigInt(last ? byte : byte & 127) << shift;
      if (last || byte < 128) break;
    }
    const value = Number((zigZag >> 1n) ^ -(zigZag & 1n));
    if (value < 0) index -= value;
    else take(buckets, layout, index++, value);
  }
  return buckets;
}

function take(buckets: Buckets, layout: Layout, index: number, count: number): void {
  if (count === 0) return;
  if (count < 0) throw new RangeError(`A count is negative: ${count}`);
  if (index >= layout.counts) throw new RangeError('More counts than its range has');
  const { low, high } = bucketBounds(layout, index);
  buckets.add(low, high, count);
}
