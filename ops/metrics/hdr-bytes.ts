/**
 * An interval's counts as HdrHistogram's V2 bytes and back (its EncodableHistogram, big-endian):
 *
 * ```
 * compressed   int32 cookie 0x1c849314 | int32 length | zlib of:
 * plain        int32 cookie 0x1c849313 | int32 length of the counts | int32 index offset 0 | int32 significant digits
 *              int64 lowest | int64 highest | float64 ratio 1 | counts, see sparse.ts
 * ```
 */
import { deflateSync, inflateSync } from 'node:zlib';
import { COUNTS, HIGHEST_NS, LOWEST_NS, SIGNIFICANT_DIGITS } from './layout.ts';
import { eachCount, type SparseCounts } from './sparse.ts';

const COOKIE = 0x1c849313;
const COMPRESSED_COOKIE = 0x1c849314;
const HEAD_BYTES = 40;
const COMPRESSED_HEAD_BYTES = 8;
/** A number of ours takes nine bytes at most. */
const PLAIN_BYTES_MAX = HEAD_BYTES + COUNTS * 9;
/** What is read is merged with thousands of others, and must still be a whole number that a double can hold. */
const COUNT_MAX = 2 ** 40;
/** Fast, and with small buffers: these bytes are small already, and are made every second. */
const DEFLATE = { level: 1, chunkSize: 1024 };
const INFLATE = { maxOutputLength: PLAIN_BYTES_MAX, chunkSize: 4096 };

/** Not compressed, as hdr-histogram-js takes it. */
export function plainBytes(counts: SparseCounts): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + counts.length);
  bytes.writeInt32BE(COOKIE, 0);
  bytes.writeInt32BE(counts.length, 4);
  bytes.writeInt32BE(SIGNIFICANT_DIGITS, 12);
  bytes.writeBigInt64BE(BigInt(LOWEST_NS), 16);
  bytes.writeBigInt64BE(BigInt(HIGHEST_NS), 24);
  bytes.writeDoubleBE(1, 32);
  bytes.set(counts, HEAD_BYTES);
  return bytes;
}

/** As a field of an .hlog line. */
export function toHlogField(counts: SparseCounts): string {
  const deflated = deflateSync(plainBytes(counts), DEFLATE);
  const head = Buffer.alloc(COMPRESSED_HEAD_BYTES);
  head.writeInt32BE(COMPRESSED_COOKIE, 0);
  head.writeInt32BE(deflated.length, 4);
  return Buffer.concat([head, deflated]).toString('base64');
}

/**
 * Takes only histograms of our own layout: ranges and digits of others are for `ops/capacity`.
 *
 * @throws RangeError where it is not one, or is damaged (zlib's own checksum covers the counts)
 */
export function fromHlogField(field: string): SparseCounts {
  const bytes = Buffer.from(field, 'base64');
  if (bytes.length < COMPRESSED_HEAD_BYTES || bytes.readInt32BE(0) !== COMPRESSED_COOKIE)
    throw new RangeError('Not a compressed V2 histogram');
  let plain: Buffer;
  try {
    plain = inflateSync(bytes.subarray(COMPRESSED_HEAD_BYTES), INFLATE);
  } catch (error) {
    throw new RangeError(`Damaged: ${(error as Error).message}`);
  }
  const foreign =
    plain.length < HEAD_BYTES ||
    plain.readInt32BE(0) !== COOKIE ||
    plain.readInt32BE(4) !== plain.length - HEAD_BYTES ||
    plain.readInt32BE(12) !== SIGNIFICANT_DIGITS ||
    plain.readBigInt64BE(16) !== BigInt(LOWEST_NS) ||
    plain.readBigInt64BE(24) !== BigInt(HIGHEST_NS);
  if (foreign) throw new RangeError('A histogram of another layout');
  const counts = Uint8Array.from(plain.subarray(HEAD_BYTES));
  eachCount(counts, (_, count) => {
    if (count > COUNT_MAX) throw new RangeError('A count beyond what there can be');
  });
  return counts;
}
