import { closeSync, openSync, readSync } from 'node:fs';

const WINDOW_BYTES = 1024 * 1024;

/** Reads ranges of a file that mostly follow each other, through one window. Keeps the file it opened, even if replaced. */
export class LogReader {
  readonly #fd: number;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;

  constructor(file: string) {
    this.#fd = openSync(file, 'r');
  }

  /** Fewer bytes than asked for where the file ends. Valid until the next read. */
  read(offset: number, length: number): Buffer {
    const from = offset - this.#windowStart;
    if (from >= 0 && from + length <= this.#window.length) return this.#window.subarray(from, from + length);
    const window = Buffer.allocUnsafe(Math.max(WINDOW_BYTES, length));
    this.#window = window.subarray(0, readSync(this.#fd, window, 0, window.length, offset));
    this.#windowStart = offset;
    return this.#window.subarray(0, length);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
