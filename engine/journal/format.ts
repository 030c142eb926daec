/**
 * How does the journal lie on the disk?
 *
 * ```text
 * journal/0000000001.log     segments, numbered as they were begun; a number never comes twice
 *
 * segment   header │ frame │ frame │ …
 * header    magic "WPCJRNL\n" │ crc32 u32 of what follows │ format u32 │ number u64 │ epoch u64 │ first sequence u64
 *           │ number of the segment before u64, 0 for none │ where that one ends u64
 * frame     magic "WPCF" │ crc32 u32 of what follows │ bytes of the frame u32 │ records u32 │ first sequence u64
 *           │ for each record: bytes u32, the record │ zeros up to a multiple of 8
 * ```
 * All little-endian. A frame is what one sync made durable, and the next one is written only after that. So a bad frame with a
 * good one behind it was damaged, and one with nothing good behind it is what a crash tore. The last frame of a segment that was
 * ended in order has no records: behind it nothing can be torn.
 *
 * Nothing is ever cut: a segment's end is what the next one's header says, and whatever lies behind it was never acknowledged.
 */
import { crc32 } from 'node:zlib';

export const FORMAT = 1;
export const HEADER_BYTES = 56;
export const FRAME_HEADER_BYTES = 24;
export const HEADER_MAGIC = Buffer.from('WPCJRNL\n', 'latin1');
export const FRAME_MAGIC = Buffer.from('WPCF', 'latin1');
const ALIGN = 8;

export interface Header {
  readonly number: number;
  /** Of the history that the records belong to. */
  readonly epoch: number;
  readonly firstSequence: number;
  /** Null of the first one. */
  readonly before: { readonly number: number; readonly end: number } | null;
}

export interface Frame {
  readonly firstSequence: number;
  /** Empty where it ends a segment. */
  readonly records: readonly Uint8Array[];
  readonly bytes: number;
}

export function encodeHeader({ number, epoch, firstSequence, before }: Header): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  HEADER_MAGIC.copy(bytes);
  bytes.writeUInt32LE(FORMAT, 12);
  const words = [number, epoch, firstSequence, before?.number ?? 0, before?.end ?? 0];
  for (const [at, word] of words.entries()) bytes.writeBigUInt64LE(BigInt(word), 16 + at * 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(12)), 8);
  return bytes;
}

/** Null where it is not whole; a format of its own where it is whole and of another one. */
export function decodeHeader(bytes: Buffer): Header | { readonly format: number } | null {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(HEADER_MAGIC)) return null;
  if (bytes.readUInt32LE(8) !== crc32(bytes.subarray(12, HEADER_BYTES))) return null;
  const format = bytes.readUInt32LE(12);
  if (format !== FORMAT) return { format };
  const word = (at: number): number => Number(bytes.readBigUInt64LE(16 + at * 8));
  const before = word(3) === 0 ? null : { number: word(3), end: word(4) };
  return { number: word(0), epoch: word(1), firstSequence: word(2), before };
}

export function encodeFrame(firstSequence: number, records: readonly Uint8Array[]): Buffer {
  const filled = records.reduce((sum, record) => sum + 4 + record.length, FRAME_HEADER_BYTES);
  const bytes = Buffer.alloc(Math.ceil(filled / ALIGN) * ALIGN);
  FRAME_MAGIC.copy(bytes);
  bytes.writeUInt32LE(bytes.length, 8);
  bytes.writeUInt32LE(records.length, 12);
  bytes.writeBigUInt64LE(BigInt(firstSequence), 16);
  let at = FRAME_HEADER_BYTES;
  for (const record of records) {
    bytes.writeUInt32LE(record.length, at);
    bytes.set(record, at + 4);
    at += 4 + record.length;
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

/** The frame that begins there; null where none is whole. Its records are views. */
export function decodeFrame(bytes: Buffer, at: number): Frame | null {
  if (at + FRAME_HEADER_BYTES > bytes.length || !bytes.subarray(at, at + 4).equals(FRAME_MAGIC)) return null;
  const length = bytes.readUInt32LE(at + 8);
  if (length < FRAME_HEADER_BYTES || at + length > bytes.length) return null;
  if (bytes.readUInt32LE(at + 4) !== crc32(bytes.subarray(at + 8, at + length))) return null;
  const records: Uint8Array[] = [];
  let from = at + FRAME_HEADER_BYTES;
  for (let left = bytes.readUInt32LE(at + 12); left > 0; left--) {
    const to = from + 4 + bytes.readUInt32LE(from);
    records.push(bytes.subarray(from + 4, to));
    from = to;
  }
  return { firstSequence: Number(bytes.readBigUInt64LE(at + 16)), records, bytes: length };
}

/** Whether any whole frame begins at that place or behind it. */
export function hasFrameFrom(bytes: Buffer, at: number): boolean {
  for (let next = bytes.indexOf(FRAME_MAGIC, at); next >= 0; next = bytes.indexOf(FRAME_MAGIC, next + 1))
    if (decodeFrame(bytes, next) !== null) return true;
  return false;
}

const DIGITS = 10;
export const nameOf = (number: number): string => `${String(number).padStart(DIGITS, '0')}.log`;
/** Null of a file that is no segment. */
export const numberOf = (name: string): number | null => (/^\d{10}\.log$/.test(name) ? Number.parseInt(name, 10) : null);
