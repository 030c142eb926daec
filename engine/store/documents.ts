/**
 * Here is a DocId or a PostNo: give me its words.
 *
 * `documents.bin` holds MessagePack records end to end, posts and passages interleaved in build order; offsets into it are
 * columns of `posts.bin`. Records are read from the page cache when a hit needs them, so no worker holds the texts.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { Packr } from 'msgpackr';

export interface PostRecord {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  readonly dateMs: number | null;
  readonly author: string | null;
  readonly categories: readonly string[];
  readonly tags: readonly string[];
  readonly type: string;
  readonly lang: string | null;
}

export interface PassageRecord {
  readonly text: string;
  /** Headings above the passage, outermost first, without the title. */
  readonly headingPath: readonly string[];
}

const packr = new Packr({ useRecords: false });

export const encodePost = (post: PostRecord): Uint8Array =>
  packr.pack([
    post.id,
    post.title,
    post.url,
    post.dateMs,
    post.author,
    post.categories,
    post.tags,
    post.type,
    post.lang,
  ]);

export const encodePassage = ({ text, headingPath }: PassageRecord): Uint8Array => packr.pack([text, headingPath]);

/** Random reads by byte range; one descriptor a reader. */
export class DocumentReader {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
  }

  post(from: number, to: number): PostRecord {
    const [id, title, url, dateMs, author, categories, tags, type, lang] = this.#read(from, to) as [
      string,
      string,
      string,
      number | null,
      string | null,
      string[],
      string[],
      string,
      string | null,
    ];
    return { id, title, url, dateMs, author, categories, tags, type, lang };
  }

  passage(from: number, to: number): PassageRecord {
    const [text, headingPath] = this.#read(from, to) as [string, string[]];
    return { text, headingPath };
  }

  close(): void {
    closeSync(this.#fd);
  }

  #read(from: number, to: number): unknown {
    const bytes = Buffer.allocUnsafe(to - from);
    readSync(this.#fd, bytes, 0, bytes.length, from);
    return packr.unpack(bytes);
  }
}
