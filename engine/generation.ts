/** One generation as one worker sees it: shared bytes, and readers of its own. */
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { RetrievalConfig } from './config.ts';
import { type SharedVectors, Vectors } from './dense/index.ts';
import { Filter } from './filter.ts';
import { type Lexical, openLexical, type SharedLexical } from './lexical/index.ts';
import type { PassageParts } from './passage-text.ts';
import {
  type Columns,
  DocumentReader,
  type Manifest,
  openColumns,
  openSections,
  type PassageRecord,
  type PostRecord,
  postsThatMayHave,
  TokenReader,
} from './store/index.ts';
import { type Analyzer, createAnalyzer, type TermSpan } from './text/index.ts';
import type { DocId, PostNo } from './types.ts';

/** Files of a generation, each written by one part of the build. */
export const FILES = {
  documents: 'documents.bin',
  tokens: 'tokens.bin',
  /** Posts as their source told them; not in older indexes. */
  originals: 'originals.bin',
  columns: 'posts.bin',
  lexical: 'lexical.bin',
  vectors: 'vectors.i8',
  graph: 'vectors.usearch',
} as const;

/** What the main thread loads once and hands to every worker; plain values and shared memory. */
export interface SharedGeneration {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly columns: SharedArrayBuffer;
  readonly lexical: SharedLexical;
  /** Null where the index has no vectors. */
  readonly vectors: SharedVectors | null;
}

/** A passage as a snippet needs it: read, decoded and analysed. */
export interface Reading {
  readonly post: PostRecord;
  readonly passage: PassageRecord;
  /** What is shown of it: an empty passage shows its post's title. */
  readonly text: string;
  readonly spans: readonly TermSpan[];
}

/** What a worker remembers of documents that it has read; see the settings of the same names. */
export type GenerationCaches = Pick<RetrievalConfig, 'passageCacheEntriesMax' | 'documentCacheBytesMax'>;

const NO_CACHES: GenerationCaches = { passageCacheEntriesMax: 0, documentCacheBytesMax: 0 };

export class Generation {
  readonly manifest: Manifest;
  readonly columns: Columns;
  readonly lexical: Lexical;
  readonly vectors: Vectors | null;
  readonly analyzer: Analyzer;
  readonly filter: Filter;
  readonly #documents: DocumentReader;
  readonly #tokens: TokenReader;
  /** Analysing a passage again for each query that finds it costs more than finding it. */
  readonly #readings: LRUCache<DocId, Reading> | null;

  /**
   * @param slot which scratch areas are this worker's, 0 … workersMax−1
   * @throws EngineError index_damaged
   */
  constructor(shared: SharedGeneration, slot: number, caches: Partial<GenerationCaches> = {}) {
    const { passageCacheEntriesMax, documentCacheBytesMax } = { ...NO_CACHES, ...caches };
    this.manifest = shared.manifest;
    this.columns = openColumns(openSections(shared.columns, join(shared.folder, FILES.columns)));
    this.lexical = openLexical(shared.lexical, slot);
    this.vectors = shared.vectors === null ? null : new Vectors(shared.vectors, slot);
    this.analyzer = createAnalyzer(shared.manifest.analysis.language);
    this.filter = new Filter(this.columns);
    this.#documents = new DocumentReader(join(shared.folder, FILES.documents), this.columns, documentCacheBytesMax);
    this.#readings = passageCacheEntriesMax === 0 ? null : new LRUCache({ max: passageCacheEntriesMax });
    try {
      const path = join(shared.folder, FILES.tokens);
      this.#tokens = new TokenReader(path, this.columns.tokens, shared.manifest.tokenBytes);
    } catch (error) {
      this.#documents.close();
      throw error;
    }
  }

  get name(): string {
    return this.manifest.generation;
  }

  post(post: PostNo): PostRecord {
    return this.#documents.post(post);
  }

  /** The post with this id, or null. */
  postWithId(id: string): PostNo | null {
    return postsThatMayHave(this.columns.ids, id).find((post) => this.post(post).id === id) ?? null;
  }

  passage(id: DocId): PassageRecord {
    return this.#documents.passage(id);
  }

  /** The reranker's tokens of title, headings and text, without special tokens. */
  passageTokens(id: DocId): Int32Array {
    return this.#tokens.read(id);
  }

  reading(id: DocId): Reading {
    const known = this.#readings?.get(id);
    if (known !== undefined) return known;
    const post = this.post(this.columns.postOf[id]!);
    const passage = this.passage(id);
    const text = passage.text || post.title;
    const reading = { post, passage, text, spans: this.analyzer.spans(text) };
    this.#readings?.set(id, reading);
    return reading;
  }

  passageParts(id: DocId): PassageParts {
    return { ...this.passage(id), title: this.post(this.columns.postOf[id]!).title };
  }

  /** How alike two passages are, 0 … 1: the cosine of their vectors, or whether they are of one post. */
  likeness(a: DocId, b: DocId): number {
    if (this.vectors === null) return this.columns.postOf[a] === this.columns.postOf[b] ? 1 : 0;
    return Math.max(0, this.vectors.likeness(a, b));
  }

  close(): void {
    this.#documents.close();
    this.#tokens.close();
  }
}
