/** Here is the id of a post, or its number: as what was it put, and by which change? */
import { join } from 'node:path';
import { FILES, type SharedGeneration } from './generation.ts';
import type { SourcePost } from './source/index.ts';
import {
  type Columns,
  DocumentReader,
  openColumns,
  openSections,
  type PassageRecord,
  type PostRecord,
  postsThatMayHave,
  RecordReader,
} from './store/index.ts';
import type { DocId, PostNo } from './types.ts';

export class StoredPosts {
  readonly columns: Columns;
  readonly #documents: DocumentReader;
  /** Null in an index that was built before they were kept. */
  readonly #originals: RecordReader | null;
  readonly #covered: number;

  /** @throws EngineError index_damaged */
  constructor({ folder, manifest, columns }: Pick<SharedGeneration, 'folder' | 'manifest' | 'columns'>) {
    this.columns = openColumns(openSections(columns, join(folder, FILES.columns)));
    this.#covered = manifest.journal?.sequence ?? 0;
    this.#documents = new DocumentReader(join(folder, FILES.documents), this.columns, 0);
    const { originals } = this.columns;
    try {
      this.#originals = originals === null ? null : new RecordReader(join(folder, FILES.originals), originals, 0);
    } catch (error) {
      this.#documents.close();
      throw error;
    }
  }

  /** Null where there is none of this id. */
  numberOf(id: string): PostNo | null {
    return postsThatMayHave(this.columns.ids, id).find((post) => this.#documents.post(post).id === id) ?? null;
  }

  /** Sequence of the change that made it so, or up to which its build covers. */
  versionOf(post: PostNo): number {
    return this.columns.versions?.[post] ?? this.#covered;
  }

  post(post: PostNo): PostRecord {
    return this.#documents.post(post);
  }

  passage(id: DocId): PassageRecord {
    return this.#documents.passage(id);
  }

  /** JSON of a {@link SourcePost}; its own bytes. */
  original(post: PostNo): Uint8Array {
    if (this.#originals !== null) return Uint8Array.from(this.#originals.read(post));
    return new TextEncoder().encode(JSON.stringify(this.#fromPassages(post)));
  }

  /** All that a new generation has to know of it besides its words. */
  provenance(post: PostNo): { readonly version: number; readonly live: boolean; readonly original: Uint8Array } {
    return { version: this.versionOf(post), live: this.columns.live?.[post] === 1, original: this.original(post) };
  }

  close(): void {
    this.#documents.close();
    this.#originals?.close();
  }

  /** Its words as they were cut, without markup: all that an older index has. */
  #fromPassages(post: PostNo): SourcePost {
    const { firstPassage } = this.columns;
    const parts: string[] = [];
    for (let id = firstPassage[post]!; id < firstPassage[post + 1]!; id++) {
      const { text, headingPath } = this.#documents.passage(id);
      parts.push([...headingPath, text].join('\n\n'));
    }
    return { ...this.#documents.post(post), html: null, text: parts.join('\n\n'), modifiedMs: null };
  }
}
