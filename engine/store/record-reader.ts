/** Here is the number of a record: read its bytes, by position, through the page cache that all workers share. */
import { closeSync, openSync, readSync } from 'node:fs';
import { crc32, inflateRawSync } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { EngineError } from '../errors.ts';
import { RECORD_FILE_FORMAT, RECORD_FILE_MAGIC, RECORD_HEADER_BYTES, type RecordDirectory } from './record-file.ts';

/** What a remembered block costs besides its bytes. */
const BLOCK_OVERHEAD_BYTES = 256;

export class RecordReader {
  readonly #path: string;
  readonly #directory: RecordDirectory;
  readonly #fd: number;
  readonly #dictionary: Buffer;
  /** Inflated blocks by number. */
  readonly #blocks: LRUCache<number, Buffer> | null;
  /** The block read last: the next record is often in it, remembered or not. */
  #last: { readonly number: number; readonly bytes: Buffer } | null = null;

  /**
   * @param blocksBytesMax inflated blocks to remember; 0 keeps the last one only
   * @throws EngineError index_damaged
   */
  constructor(path: string, directory: RecordDirectory, blocksBytesMax: number) {
    this.#path = path;
    this.#directory = directory;
    this.#blocks =
      blocksBytesMax === 0
        ? null
        : new LRUCache({ maxSize: blocksBytesMax, sizeCalculation: ({ length }) => length + BLOCK_OVERHEAD_BYTES });
    this.#fd = openSync(path, 'r');
    try {
      this.#dictionary = this.#readHead();
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  get records(): number {
    return this.#directory.first.at(-1)!;
  }

  /**
   * A view of the block that holds it: to be decoded at once, not to be kept.
   *
   * @throws EngineError index_damaged, with file and byte, when the block's bytes are not those that were written
   */
  read(record: number): Buffer {
    const number = this.#blockOf(record);
    const bytes = this.#block(number);
    const first = this.#directory.first[number]!;
    const records = this.#directory.first[number + 1]! - first;
    const place = record - first;
    const from = place === 0 ? 0 : bytes.readUInt32LE(4 * (place - 1));
    return bytes.subarray(4 * records + from, 4 * records + bytes.readUInt32LE(4 * place));
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** The last block that begins at or before the record. */
  #blockOf(record: number): number {
    const { first } = this.#directory;
    if (!(record >= 0 && record < this.records)) throw new RangeError(`Records are below ${this.records}: ${record}`);
    let low = 0;
    let high = first.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (first[middle]! <= record) low = middle;
      else high = middle;
    }
    return low;
  }

  #block(number: number): Buffer {
    if (this.#last?.number === number) return this.#last.bytes;
    let bytes = this.#blocks?.get(number);
    if (bytes === undefined) {
      bytes = this.#inflate(number);
      this.#blocks?.set(number, bytes);
    }
    this.#last = { number, bytes };
    return bytes;
  }

  /** The checksum is compared once, when a block comes from the disk; a remembered block was right. */
  #inflate(number: number): Buffer {
    const { at, inflated, crc } = this.#directory;
    const from = at[number]!;
    const compressed = this.#readBytes(from, at[number + 1]! - from);
    this.#expectChecksum(compressed, crc[number]!, from);
    const length = inflated[number]!;
    try {
      // One byte more than it takes, so that zlib sees the end without asking for another buffer.
      const bytes = inflateRawSync(compressed, {
        dictionary: this.#dictionary,
        chunkSize: Math.max(64, length + 1),
        maxOutputLength: length,
      });
      if (bytes.length === length) return bytes;
      throw this.#damaged(from, `a block of ${length} bytes`, `${bytes.length} bytes`);
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw this.#damaged(from, `a block of ${length} bytes`, (error as Error).message);
    }
  }

  #readHead(): Buffer {
    const head = this.#readBytes(0, RECORD_HEADER_BYTES);
    const [magic, format, dictionaryBytes, crc] = [0, 4, 8, 12].map((at) => head.readUInt32LE(at)) as [
      number,
      number,
      number,
      number,
    ];
    if (magic !== RECORD_FILE_MAGIC || format !== RECORD_FILE_FORMAT) {
      throw this.#damaged(0, `WPCR format ${RECORD_FILE_FORMAT}`, `${head.toString('latin1', 0, 4)} ${format}`);
    }
    const room = this.#directory.at[0]! - RECORD_HEADER_BYTES;
    if (dictionaryBytes !== room) throw this.#damaged(8, `a dictionary of ${room} bytes`, `${dictionaryBytes} bytes`);
    const dictionary = this.#readBytes(RECORD_HEADER_BYTES, dictionaryBytes);
    this.#expectChecksum(dictionary, crc, RECORD_HEADER_BYTES);
    return dictionary;
  }

  #readBytes(from: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; ) {
      const read = this.#readAt(bytes, at, from + at);
      if (read === 0) throw this.#damaged(from, `${length} bytes`, `the end of the file after ${at}`);
      at += read;
    }
    return bytes;
  }

  #readAt(bytes: Buffer, at: number, position: number): number {
    try {
      return readSync(this.#fd, bytes, at, bytes.length - at, position);
    } catch (error) {
      throw this.#damaged(position, `${bytes.length - at} bytes`, (error as Error).message, error);
    }
  }

  #expectChecksum(bytes: Uint8Array, expected: number, from: number): void {
    const actual = crc32(bytes);
    if (actual !== expected) throw this.#damaged(from, `CRC-32 ${hex(expected)}`, hex(actual));
  }

  #damaged(from: number, expected: string, value: string, cause?: unknown): EngineError {
    return new EngineError(
      'index_damaged',
      `Cannot read records at byte ${from}: expected ${expected}, got ${value}: ${this.#path}`,
      {
        file: this.#path,
        field: `byte ${from}`,
        expected,
        value,
        remedy: 'Build the index again: wp-chat index --from SOURCE --into DIRECTORY',
      },
      cause,
    );
  }
}

const hex = (crc: number): string => crc.toString(16).padStart(8, '0');
