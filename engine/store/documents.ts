/**
 * Here is a DocId or a PostNo: give me its words.
 *
 * `documents.bin` holds MessagePack records in build order, each post before its passages, so that a hit finds both in one
 * block or two. They are read when a hit needs them; a worker keeps the blocks that it read last, within a bound.
 */
import { Packr } from 'msgpackr';
import type { DocId, PostNo } from '../types.ts';
import type { Columns } from './columns.ts';
import { RecordReader } from './record-reader.ts';

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

/** Where a post and its passages are among the records. */
type Places = Pick<Columns, 'documents' | 'firstPassage' | 'postOf'>;

/** Random reads by number; one descriptor a reader. */
export class DocumentReader {
  readonly #places: Places;
  readonly #records: RecordReader;

  /**
   * @param blocksBytesMax inflated blocks to remember
   * @throws EngineError index_damaged
   */
  constructor(path: string, places: Places, blocksBytesMax: number) {
    this.#places = places;
    this.#records = new RecordReader(path, places.documents, blocksBytesMax);
  }

  /** @throws EngineError index_damaged */
  post(post: PostNo): PostRecord {
    const record = post + this.#places.firstPassage[post]!;
    const [id, title, url, dateMs, author, categories, tags, type, lang] = this.#unpack(record) as [
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

  /** @throws EngineError index_damaged */
  passage(id: DocId): PassageRecord {
    const [text, headingPath] = this.#unpack(id + this.#places.postOf[id]! + 1) as [string, string[]];
    return { text, headingPath };
  }

  close(): void {
    this.#records.close();
  }

  #unpack(record: number): unknown {
    return packr.unpack(this.#records.read(record));
  }
}
