/** Here are records, one after the other: write them as ./record-file.ts says. */
import { crc32, deflateRawSync } from 'node:zlib';
import { Appender } from './appender.ts';
import { cutDictionary } from './preset-dictionary.ts';
import { BLOCK_BYTES, RECORD_FILE_FORMAT, RECORD_FILE_MAGIC, type RecordDirectory } from './record-file.ts';

/** Records that the dictionary is cut from are held back until there are so many bytes of them. */
const SAMPLE_BYTES = 2 ** 20;

export class RecordWriter {
  readonly #file: Appender;
  /** Null once the dictionary is cut. */
  #sample: Uint8Array[] | null = [];
  #sampleBytes = 0;
  #dictionary: Uint8Array = new Uint8Array(0);
  #block: Uint8Array[] = [];
  /** Of the block in the making, inflated. */
  #blockBytes = 0;
  #records = 0;
  readonly #at: number[] = [];
  readonly #first: number[] = [];
  readonly #inflated: number[] = [];
  readonly #crc: number[] = [];

  constructor(path: string) {
    this.#file = new Appender(path);
  }

  /** The bytes must stay as they are until {@link finish}. */
  add(record: Uint8Array): void {
    if (this.#sample === null) {
      this.#place(record);
      return;
    }
    this.#sample.push(record);
    this.#sampleBytes += record.length;
    if (this.#sampleBytes >= SAMPLE_BYTES) this.#begin(this.#sample);
  }

  /** Waits until everything is on disk. */
  finish(): RecordDirectory {
    if (this.#sample !== null) this.#begin(this.#sample);
    if (this.#block.length > 0) this.#writeBlock();
    this.#file.flush();
    return {
      at: Float64Array.from([...this.#at, this.#file.bytes]),
      first: Uint32Array.from([...this.#first, this.#records]),
      inflated: Uint32Array.from(this.#inflated),
      crc: Uint32Array.from(this.#crc),
    };
  }

  close(): void {
    this.#file.close();
  }

  /** Writes the head, now that it is known what records look like, and then the records that were held back. */
  #begin(sample: readonly Uint8Array[]): void {
    this.#sample = null;
    this.#dictionary = cutDictionary(sample);
    const head = [RECORD_FILE_MAGIC, RECORD_FILE_FORMAT, this.#dictionary.length, crc32(this.#dictionary)];
    this.#file.append(new Uint8Array(Uint32Array.from(head).buffer));
    this.#file.append(this.#dictionary);
    for (const record of sample) this.#place(record);
  }

  #place(record: Uint8Array): void {
    const bytes = record.length + 4;
    if (this.#block.length > 0 && this.#blockBytes + bytes > BLOCK_BYTES) this.#writeBlock();
    this.#block.push(record);
    this.#blockBytes += bytes;
    this.#records += 1;
  }

  #writeBlock(): void {
    const ends = new Uint32Array(this.#block.length);
    let end = 0;
    this.#block.forEach((record, at) => {
      end += record.length;
      ends[at] = end;
    });
    const raw = Buffer.concat([new Uint8Array(ends.buffer), ...this.#block], this.#blockBytes);
    const bytes = deflateRawSync(raw, { dictionary: this.#dictionary });
    this.#at.push(this.#file.bytes);
    this.#first.push(this.#records - this.#block.length);
    this.#inflated.push(raw.length);
    this.#crc.push(crc32(bytes));
    this.#file.append(bytes);
    this.#block = [];
    this.#blockBytes = 0;
  }
}
