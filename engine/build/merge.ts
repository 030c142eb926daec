/**
 * A generation and what changed since → a new generation, without a model: what did not change keeps its passages, its tokens and
 * the very codes of its vectors, and what changed comes prepared.
 *
 * Posts stay in their order; those that changed come behind them, as they do for queries before the merge. Memory: the vectors of
 * both generations as they lie in their files, the graph, and the words of the new one; besides that some MiB.
 */
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { EngineConfig } from '../config.ts';
import type { ChangedPost } from '../delta/index.ts';
import { type CodedVector, decodeVector, loadVectors, StoredVectors } from '../dense/index.ts';
import { EngineError } from '../errors.ts';
import { FILES } from '../generation.ts';
import type { Coverage } from '../journal/index.ts';
import {
  abandonGeneration,
  beginGeneration,
  currentGeneration,
  loadSections,
  lockIndex,
  type Manifest,
  TokenReader,
  unwritable,
  verifyNamed,
} from '../store/index.ts';
import { StoredPosts } from '../stored-posts.ts';
import type { DocId } from '../types.ts';
import { Draft } from './draft.ts';
import { type FinishPorts, finishGeneration } from './finish.ts';
import type { VectorRows } from './write-vectors.ts';

/** A change as a merge takes it. */
export interface MergedChange {
  readonly id: string;
  readonly version: number;
  /** Null where it was deleted. */
  readonly put: { readonly post: ChangedPost; readonly original: Uint8Array } | null;
}

export interface MergeInput {
  readonly config: EngineConfig;
  /** The generation that they changed. */
  readonly from: string;
  /** Ids of all changes. */
  readonly changed: ReadonlySet<string>;
  readonly changes: AsyncIterable<MergedChange>;
  /** Up to where the new one has changes. */
  readonly coverage: Coverage;
}

export interface MergePorts {
  readonly clock: Clock;
  readonly progress: (stage: 'passages' | Parameters<FinishPorts['reached']>[0]) => void;
}

/**
 * Publishes and prunes.
 *
 * @throws EngineError index_busy where another builds, or has put another generation in place; what served before serves on
 */
export async function mergeGeneration(input: MergeInput, { clock, progress }: MergePorts): Promise<Manifest> {
  const { index, retrieval } = input.config;
  const unlock = lockIndex(index.directory);
  let begun: string | null = null;
  try {
    requireCurrent(index.directory, input.from);
    const old = await verifyNamed(index.directory, input.from);
    const { manifest } = old;
    const { name, folder } = beginGeneration(index.directory, clock.wallMs());
    begun = folder;
    progress('passages');
    const { counts, vectors } = await writeMerged(input, old, folder);
    return await finishGeneration(
      {
        index,
        ...{ name, folder, counts, vectors },
        language: manifest.analysis.language,
        source: manifest.source,
        bm25: manifest.bm25,
        dense: { ...retrieval.dense, ...manifest.graph },
        models: { embedder: manifest.embedder, reranker: manifest.reranker, tokenBytes: manifest.tokenBytes },
        coverage: input.coverage,
        // It has time; the cores are for queries.
        threads: 1,
      },
      {
        clock,
        reached: (stage) => {
          if (stage === 'publish') requireCurrent(index.directory, input.from);
          progress(stage);
        },
      },
    );
  } catch (error) {
    if (begun !== null) abandonGeneration(begun);
    throw unwritable(index.directory, error);
  } finally {
    unlock();
  }
}

/** What an operator has put in place meanwhile must not be replaced by what was made of another. */
function requireCurrent(index: string, from: string): void {
  const current = currentGeneration(index);
  if (current === from) return;
  throw new EngineError('index_busy', `Cannot merge into ${from}: another generation is to serve: ${current}`, {
    file: join(index, 'CURRENT'),
    expected: from,
    value: current,
  });
}

type OldGeneration = Awaited<ReturnType<typeof verifyNamed>>;

async function writeMerged(
  { changed, changes }: MergeInput,
  { folder: oldFolder, manifest }: OldGeneration,
  folder: string,
): Promise<{ counts: { posts: number; passages: number }; vectors: VectorRows | null }> {
  const posts = new StoredPosts({ folder: oldFolder, manifest, columns: loadSections(join(oldFolder, FILES.columns)) });
  const tokens = new TokenReader(join(oldFolder, FILES.tokens), posts.columns.tokens, manifest.tokenBytes);
  const draft = new Draft(folder, manifest.tokenBytes);
  const rows = rowsOf(oldFolder, manifest);
  try {
    const { firstPassage } = posts.columns;
    for (let post = 0; post < posts.columns.posts; post++) {
      const record = posts.post(post);
      if (changed.has(record.id)) continue;
      const passages = [];
      for (let id = firstPassage[post]!; id < firstPassage[post + 1]!; id++) {
        rows?.keep(draft.passages + passages.length, id);
        passages.push({ ...posts.passage(id), rerankTokens: tokens.read(id) });
      }
      draft.add({ record, passages }, posts.provenance(post));
    }
    for await (const { version, put } of changes) {
      if (put === null) continue;
      for (const [at, { vector }] of put.post.passages.entries()) rows?.add(draft.passages + at, vector);
      draft.add(put.post, { version, live: true, original: put.original });
    }
    await draft.finish();
  } finally {
    draft.close();
    tokens.close();
    posts.close();
  }
  return { counts: { posts: draft.posts, passages: draft.passages }, vectors: rows?.rows() ?? null };
}

interface MergedRows {
  /** A passage of the old generation under its new id. */
  keep(id: DocId, old: DocId): void;
  add(id: DocId, vector: CodedVector | null): void;
  rows(): VectorRows;
}

/** Null where the index was built without an embedder. */
function rowsOf(oldFolder: string, { embedder, graph }: Manifest): MergedRows | null {
  if (embedder === null) return null;
  const stored = graph === null ? null : new StoredVectors(loadVectors(join(oldFolder, FILES.vectors), null, 1));
  /** By passage, until those begin that changed; -1 without a vector. */
  const oldOf: DocId[] = [];
  const added = new Map<DocId, CodedVector>();
  return {
    keep: (id, old) => {
      oldOf[id] = stored !== null && stored.stored(old).scale !== 0 ? old : -1;
    },
    add: (id, vector) => {
      if (vector !== null) added.set(id, vector);
    },
    rows: () => ({
      dimensions: embedder.dimensions,
      ids: [...[...oldOf.keys()].filter((id) => oldOf[id] !== -1), ...added.keys()],
      vector: (id) => {
        const own = added.get(id);
        return own === undefined ? stored!.vector(oldOf[id]!) : decodeVector(own, embedder.dimensions);
      },
      place: (file, id) => file.copy(id, added.get(id) ?? stored!.stored(oldOf[id]!)),
    }),
  };
}
