/**
 * Model tokens of each passage, so that a passage is tokenised once, when it is indexed: `tokens.bin`, u16 or u32 ids end to
 * end (u16 where the vocabulary allows), offsets in `posts.bin`.
 */
import { closeSync, openSync, readSync } from 'node:fs';

export type TokenWidth = 2 | 4;

export const tokenBytes = (ids: Int32Array, width: TokenWidth): Uint8Array =>
  new Uint8Array((width === 2 ? Uint16Array.from(ids) : ids.slice()).buffer);

export class TokenReader {
  readonly #fd: number;
  readonly #width: TokenWidth;

  constructor(path: string, width: TokenWidth) {
    this.#fd = openSync(path, 'r');
    this.#width = width;
  }

  /** Tokens [from, to) of the file, counted in tokens. */
  read(from: number, to: number): Int32Array {
    const bytes = new Uint8Array((to - from) * this.#width);
    readSync(this.#fd, bytes, 0, bytes.length, from * this.#width);
    return Int32Array.from(this.#width === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer));
  }

  close(): void {
    closeSync(this.#fd);
  }
}
