/** Writes a file from its beginning to its end through a buffer, and knows where it is. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

const BUFFER_BYTES = 2 ** 20;

export class Appender {
  readonly #fd: number;
  #parts: Uint8Array[] = [];
  #buffered = 0;
  #at = 0;

  /** Creates or empties the file. */
  constructor(path: string) {
    this.#fd = openSync(path, 'w');
  }

  /** Bytes appended so far. */
  get bytes(): number {
    return this.#at;
  }

  append(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#buffered += bytes.length;
    this.#at += bytes.length;
    if (this.#buffered >= BUFFER_BYTES) this.#write();
  }

  /** Writes what is buffered and waits until it is on disk. */
  flush(): void {
    this.#write();
    fsyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(): void {
    const bytes = Buffer.concat(this.#parts);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    this.#parts = [];
    this.#buffered = 0;
  }
}
