/**
 * How does the journal lie on the disk?
 *
 * ```text
 * journal/0000000001.log     segments, numbered as they were begun; a number never comes twice
 *
 * segment   header │ header again │ frame │ frame │ …
 * header    magic "WPCJRNL\n" │ crc32 u32 of what follows │ format u32 │ number u64 │ history 8 bytes │ salt 8 bytes
 *           │ first sequence u64 │ number of the segment before u64, 0 for none │ where that one ends u64 │ zeros up to 512
 * frame     salt 8 bytes │ crc32 u32 of the salt and of what follows │ bytes of the frame u32 │ first sequence u64 │ records u32
 *           │ 0 u32 │ for each record: bytes u32, the record │ zeros up to a multiple of 8
 * ```
 * All little-endian. A frame is what one sync made durable, and the next one is written only after that. So a bad frame with a
 * good one behind it was damaged, and one with nothing good behind it is what a crash tore. The last frame of a journal that was
 * closed in order has no records: behind it nothing can be torn.
 *
 * The salt is random for each segment and begins each of its frames: neither old bytes of a block that the file system gives out
 * again nor the words of a document are ever taken for a frame. The header is there twice, in two sectors, since without its
 * salt no frame could be read.
 *
 * Nothing is ever cut or written over: a segment's end is what the next one's header says, and whatever lies behind it was never
 * acknowledged.
 */
import { crc32 } from 'node:zlib';

const FORMAT = 1;
const COPY_BYTES = 512;
/** Both copies of the header: where the first frame begins. */
export const HEADER_BYTES = 2 * COPY_BYTES;
export const FRAME_HEADER_BYTES = 32;
/** The least that a record takes: its length. */
export const RECORD_BYTES_MIN = 4;
export const SALT_BYTES = 8;
const HEADER_MAGIC = Buffer.from('WPCJRNL\n', 'latin1');
const ALIGN_BYTES = 8;

export interface Header {
  readonly number: number;
  /** Of the row of changes that sequences count in: 16 hexadecimal digits. */
  readonly history: string;
  readonly salt: Uint8Array;
  readonly firstSequence: number;
  /** Null of the first one. */
  readonly before: { readonly number: number; readonly end: number } | null;
}

export interface Frame {
  readonly firstSequence: number;
  /** Empty where it ends a journal. */
  readonly records: readonly Uint8Array[];
  readonly bytes: number;
}

export function encodeHeader({ number, history, salt, firstSequence, before }: Header): Buffer {
  const bytes = Buffer.alloc(COPY_BYTES);
  HEADER_MAGIC.copy(bytes);
  bytes.writeUInt32LE(FORMAT, 12);
  bytes.writeBigUInt64LE(BigInt(number), 16);
  bytes.write(history, 24, 'hex');
  bytes.set(salt, 32);
  const words = [firstSequence, before?.number ?? 0, before?.end ?? 0];
  for (const [at, word] of words.entries()) bytes.writeBigUInt64LE(BigInt(word), 40 + at * 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(12)), 8);
  return Buffer.concat([bytes, bytes]);
}

/**
 * What the header says, from whichever copy is whole; a format of its own where it is whole and of another one; null where
 * neither copy is.
 */
export function decodeHeader(bytes: Buffer): Header | { readonly format: number } | null {
  return decodeCopy(bytes.subarray(0, COPY_BYTES)) ?? decodeCopy(bytes.subarray(COPY_BYTES, HEADER_BYTES));
}

/** Offset of a copy that is not whole; null where both are. */
export function badHeaderCopy(bytes: Buffer): number | null {
  for (const at of [0, COPY_BYTES]) if (decodeCopy(bytes.subarray(at, at + COPY_BYTES)) === null) return at;
  return null;
}

function decodeCopy(bytes: Buffer): Header | { readonly format: number } | null {
  if (bytes.length < COPY_BYTES || !bytes.subarray(0, HEADER_MAGIC.length).equals(HEADER_MAGIC)) return null;
  if (bytes.readUInt32LE(8) !== crc32(bytes.subarray(12))) return null;
  const format = bytes.readUInt32LE(12);
  if (format !== FORMAT) return { format };
  const word = (at: number): number => Number(bytes.readBigUInt64LE(at));
  return {
    number: word(16),
    history: bytes.toString('hex', 24, 32),
    salt: Uint8Array.from(bytes.subarray(32, 32 + SALT_BYTES)),
    firstSequence: word(40),
    before: word(48) === 0 ? null : { number: word(48), end: word(56) },
  };
}

/** A frame without its salt and sequence: these are known only to who writes it. See {@link sealFrame}. */
export function packFrame(records: readonly Uint8Array[]): Buffer {
  const filled = records.reduce((sum, record) => sum + RECORD_BYTES_MIN + record.length, FRAME_HEADER_BYTES);
  const bytes = Buffer.alloc(Math.ceil(filled / ALIGN_BYTES) * ALIGN_BYTES);
  bytes.writeUInt32LE(bytes.length, 12);
  bytes.writeUInt32LE(records.length, 24);
  let at = FRAME_HEADER_BYTES;
  for (const record of records) {
    bytes.writeUInt32LE(record.length, at);
    bytes.set(record, at + RECORD_BYTES_MIN);
    at += RECORD_BYTES_MIN + record.length;
  }
  return bytes;
}

/** Makes packed bytes a frame of this segment, in place. */
export function sealFrame(bytes: Buffer, salt: Uint8Array, firstSequence: number): void {
  bytes.set(salt);
  bytes.writeBigUInt64LE(BigInt(firstSequence), 16);
  bytes.writeUInt32LE(frameSum(bytes, salt), 8);
}

export const countOf = (frame: Buffer): number => frame.readUInt32LE(24);

const frameSum = (frame: Buffer, salt: Uint8Array): number => crc32(frame.subarray(12), crc32(salt));

/** The frame that begins there; null where none is whole. Its records are views. */
export function decodeFrame(bytes: Buffer, at: number, salt: Uint8Array): Frame | null {
  if (at + FRAME_HEADER_BYTES > bytes.length || bytes.compare(salt, 0, SALT_BYTES, at, at + SALT_BYTES) !== 0)
    return null;
  const length = bytes.readUInt32LE(at + 12);
  if (length < FRAME_HEADER_BYTES || at + length > bytes.length) return null;
  const frame = bytes.subarray(at, at + length);
  if (frame.readUInt32LE(8) !== frameSum(frame, salt)) return null;
  const records: Uint8Array[] = [];
  let from = FRAME_HEADER_BYTES;
  for (let left = countOf(frame); left > 0; left--) {
    if (from + RECORD_BYTES_MIN > length) return null;
    const to = from + RECORD_BYTES_MIN + frame.readUInt32LE(from);
    if (to > length) return null;
    records.push(frame.subarray(from + RECORD_BYTES_MIN, to));
    from = to;
  }
  return { firstSequence: Number(frame.readBigUInt64LE(16)), records, bytes: length };
}

/** Where the next whole frame begins, from that place on; null where there is none. */
export function findFrame(bytes: Buffer, from: number, salt: Uint8Array): number | null {
  for (let at = bytes.indexOf(salt, from); at >= 0; at = bytes.indexOf(salt, at + 1)) {
    if (decodeFrame(bytes, at, salt) !== null) return at;
  }
  return null;
}

const DIGITS = 10;
export const nameOf = (number: number): string => `${String(number).padStart(DIGITS, '0')}.log`;
/** Null of a file that is no segment. */
export const numberOf = (name: string): number | null =>
  /^\d{10}\.log$/.test(name) ? Number.parseInt(name, 10) : null;
