/** A generation's folder while it is being written: documents, tokens and columns, post by post. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FILES } from '../generation.ts';
import {
  ColumnWriter,
  encodePassage,
  encodePost,
  encodeSections,
  type TokenWidth,
  tokenBytes,
} from '../store/index.ts';
import type { IndexedPost } from './passages.ts';

const BUFFER_BYTES = 2 ** 20;

/** Appends to a file through a buffer, counting what went through. */
class Appender {
  readonly #fd: number;
  #parts: Uint8Array[] = [];
  #buffered = 0;
  #at = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'w');
  }

  /** Returns where the bytes begin. */
  append(bytes: Uint8Array): number {
    const at = this.#at;
    this.#parts.push(bytes);
    this.#buffered += bytes.length;
    this.#at += bytes.length;
    if (this.#buffered >= BUFFER_BYTES) this.#write();
    return at;
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

export class Draft {
  readonly #folder: string;
  readonly #width: TokenWidth;
  readonly #documents: Appender;
  readonly #tokens: Appender;
  readonly #columns = new ColumnWriter();
  #posts = 0;
  #passages = 0;

  constructor(folder: string, width: TokenWidth) {
    this.#folder = folder;
    this.#width = width;
    this.#documents = new Appender(join(folder, FILES.documents));
    this.#tokens = new Appender(join(folder, FILES.tokens));
  }

  get posts(): number {
    return this.#posts;
  }

  get passages(): number {
    return this.#passages;
  }

  add({ record, passages }: IndexedPost): void {
    const post = encodePost(record);
    this.#columns.post(record, this.#documents.append(post), post.length);
    for (const passage of passages) {
      const bytes = encodePassage(passage);
      this.#columns.passage(this.#documents.append(bytes), bytes.length, passage.rerankTokens.length);
      this.#tokens.append(tokenBytes(passage.rerankTokens, this.#width));
    }
    this.#posts += 1;
    this.#passages += passages.length;
  }

  async finish(): Promise<void> {
    this.#documents.flush();
    this.#tokens.flush();
    await writeFile(join(this.#folder, FILES.columns), encodeSections(this.#columns.finish()));
  }

  close(): void {
    this.#documents.close();
    this.#tokens.close();
  }
}
