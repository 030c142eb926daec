/** A generation's folder while it is being written: documents, tokens and columns, post by post. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FILES } from '../generation.ts';
import {
  ColumnWriter,
  encodePassage,
  encodePost,
  encodeSections,
  RecordWriter,
  type TokenWidth,
  tokenBytes,
} from '../store/index.ts';
import type { IndexedPost } from './passages.ts';

export class Draft {
  readonly #folder: string;
  readonly #width: TokenWidth;
  readonly #documents: RecordWriter;
  readonly #tokens: RecordWriter;
  readonly #columns = new ColumnWriter();
  #posts = 0;
  #passages = 0;

  constructor(folder: string, width: TokenWidth) {
    this.#folder = folder;
    this.#width = width;
    this.#documents = new RecordWriter(join(folder, FILES.documents));
    this.#tokens = new RecordWriter(join(folder, FILES.tokens));
  }

  get posts(): number {
    return this.#posts;
  }

  get passages(): number {
    return this.#passages;
  }

  add({ record, passages }: IndexedPost): void {
    this.#columns.post(record, passages.length);
    this.#documents.add(encodePost(record));
    for (const passage of passages) {
      this.#documents.add(encodePassage(passage));
      this.#tokens.add(tokenBytes(passage.rerankTokens, this.#width));
    }
    this.#posts += 1;
    this.#passages += passages.length;
  }

  async finish(): Promise<void> {
    const files = { documents: this.#documents.finish(), tokens: this.#tokens.finish() };
    await writeFile(join(this.#folder, FILES.columns), encodeSections(this.#columns.finish(files)));
  }

  close(): void {
    this.#documents.close();
    this.#tokens.close();
  }
}
