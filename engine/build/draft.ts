/** A generation's folder while it is being written: documents, tokens and columns, post by post. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FILES } from '../generation.ts';
import {
  ColumnWriter,
  encodePassage,
  encodePost,
  encodeSections,
  type PostRecord,
  RecordWriter,
  type TokenWidth,
  tokenBytes,
} from '../store/index.ts';
import type { IndexedPassage } from './passages.ts';

/** What is written of a post. */
interface DraftedPost {
  readonly record: PostRecord;
  readonly passages: readonly Pick<IndexedPassage, 'text' | 'headingPath' | 'rerankTokens'>[];
}

export interface Provenance {
  /** Sequence of the change that made it so, or up to which the build covers. */
  readonly version: number;
  /** Whether it was put while an index was served, and not by a source. */
  readonly live: boolean;
  /** JSON of the post as it came. The bytes must stay as they are. */
  readonly original: Uint8Array;
}

export class Draft {
  readonly #folder: string;
  readonly #width: TokenWidth;
  readonly #documents: RecordWriter;
  readonly #tokens: RecordWriter;
  readonly #originals: RecordWriter;
  readonly #columns = new ColumnWriter();
  #posts = 0;
  #passages = 0;

  constructor(folder: string, width: TokenWidth) {
    this.#folder = folder;
    this.#width = width;
    this.#documents = new RecordWriter(join(folder, FILES.documents));
    this.#tokens = new RecordWriter(join(folder, FILES.tokens));
    this.#originals = new RecordWriter(join(folder, FILES.originals));
  }

  get posts(): number {
    return this.#posts;
  }

  get passages(): number {
    return this.#passages;
  }

  add({ record, passages }: DraftedPost, { original, ...how }: Provenance): void {
    this.#columns.post(record, passages.length, how);
    this.#originals.add(original);
    this.#documents.add(encodePost(record));
    for (const passage of passages) {
      this.#documents.add(encodePassage(passage));
      this.#tokens.add(tokenBytes(passage.rerankTokens, this.#width));
    }
    this.#posts += 1;
    this.#passages += passages.length;
  }

  async finish(): Promise<void> {
    const files = {
      documents: this.#documents.finish(),
      tokens: this.#tokens.finish(),
      originals: this.#originals.finish(),
    };
    await writeFile(join(this.#folder, FILES.columns), encodeSections(this.#columns.finish(files)));
  }

  close(): void {
    this.#documents.close();
    this.#tokens.close();
    this.#originals.close();
  }
}
