/**
 * Vectors that were already computed, by what they were computed from: an interrupted build goes on where it was, and a
 * re-sync embeds only what changed.
 *
 * ```text
 * record:  key 16 bytes (sha256 of the token ids, cut) ┼ CRC-32 of key and vector u32 ┼ dimensions × f32
 * ```
 * The file is only appended to; a torn or damaged record ends what is believed, and is cut off.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

const KEY_BYTES = 16;
const HEAD_BYTES = KEY_BYTES + 4;
const READ_RECORDS = 1024;

export const vectorKey = (ids: Int32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
    .digest('hex')
    .slice(0, KEY_BYTES * 2);

export class VectorCache {
  readonly #path: string;
  /** Components of a vector. */
  readonly dimensions: number;
  readonly #recordBytes: number;
  readonly #places = new Map<string, number>();
  #fd: number;
  #end = 0;

  /** @param path one file a model: vectors of different models must never meet */
  constructor(path: string, dimensions: number) {
    this.#path = path;
    this.dimensions = dimensions;
    this.#recordBytes = HEAD_BYTES + dimensions * 4;
    mkdirSync(dirname(path), { recursive: true });
    this.#fd = openSync(path, 'a+');
    this.#recover();
  }

  get size(): number {
    return this.#places.size;
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  /** A fresh copy, or null where nothing is known. */
  get(key: string): Float32Array | null {
    const place = this.#places.get(key);
    if (place === undefined) return null;
    const vector = new Float32Array(this.dimensions);
    readSync(this.#fd, new Uint8Array(vector.buffer), 0, vector.byteLength, place + HEAD_BYTES);
    return vector;
  }

  put(key: string, vector: Float32Array): void {
    if (this.#places.has(key)) return;
    const record = Buffer.alloc(this.#recordBytes);
    record.write(key, 'hex');
    record.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), HEAD_BYTES);
    record.writeUInt32LE(checksumOf(record), KEY_BYTES);
    for (let at = 0; at < record.length; ) at += writeSync(this.#fd, record, at);
    this.#places.set(key, this.#end);
    this.#end += this.#recordBytes;
  }

  sync(): void {
    fsyncSync(this.#fd);
  }

  /** Keeps only the given keys, by writing a new file and renaming it over, where that frees more than half. */
  compact(live: ReadonlySet<string>): void {
    if (live.size * 2 >= this.#places.size) return;
    const fresh = `${this.#path}.part`;
    const out = openSync(fresh, 'w');
    for (const [key, place] of this.#places) {
      if (!live.has(key)) continue;
      const record = Buffer.alloc(this.#recordBytes);
      readSync(this.#fd, record, 0, record.length, place);
      writeSync(out, record);
    }
    fsyncSync(out);
    closeSync(out);
    this.close();
    renameSync(fresh, this.#path);
    this.#places.clear();
    this.#fd = openSync(this.#path, 'a+');
    this.#recover();
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Reads what is there up to the first record that is not whole and right, and cuts the rest off. */
  #recover(): void {
    const { size } = fstatSync(this.#fd);
    const block = Buffer.alloc(this.#recordBytes * READ_RECORDS);
    this.#end = 0;
    let sound = true;
    while (sound && this.#end + this.#recordBytes <= size) {
      const read = readSync(this.#fd, block, 0, block.length, this.#end);
      for (let at = 0; at + this.#recordBytes <= read; at += this.#recordBytes) {
        const record = block.subarray(at, at + this.#recordBytes);
        sound = record.readUInt32LE(KEY_BYTES) === checksumOf(record);
        if (!sound) break;
        this.#places.set(record.toString('hex', 0, KEY_BYTES), this.#end);
        this.#end += this.#recordBytes;
      }
    }
    if (this.#end < size) ftruncateSync(this.#fd, this.#end);
  }
}

/** Over key and vector, so that neither can be taken for another's. */
const checksumOf = (record: Buffer): number => crc32(record.subarray(HEAD_BYTES), crc32(record.subarray(0, KEY_BYTES)));
