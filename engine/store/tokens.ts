/**
 * Model tokens of each passage, so that a passage is tokenised once, when it is indexed: `tokens.bin`, a record a passage, u16
 * or u32 ids end to end (u16 where the vocabulary allows).
 */
import type { DocId } from '../types.ts';
import type { RecordDirectory } from './record-file.ts';
import { RecordReader } from './record-reader.ts';

export type TokenWidth = 2 | 4;

export const tokenBytes = (ids: Int32Array, width: TokenWidth): Uint8Array =>
  new Uint8Array((width === 2 ? Uint16Array.from(ids) : ids.slice()).buffer);

export class TokenReader {
  readonly #records: RecordReader;
  readonly #width: TokenWidth;

  /** @throws EngineError index_damaged */
  constructor(path: string, directory: RecordDirectory, width: TokenWidth) {
    // The reranker remembers scores, so it rarely asks for a passage again: only the last block is kept.
    this.#records = new RecordReader(path, directory, 0);
    this.#width = width;
  }

  /** @throws EngineError index_damaged */
  read(id: DocId): Int32Array {
    const { buffer } = new Uint8Array(this.#records.read(id));
    return Int32Array.from(this.#width === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer));
  }

  close(): void {
    this.#records.close();
  }
}
