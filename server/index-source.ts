/** A source → a generation, with everything that takes part: lock, post store, models, embedding threads. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type BuildProgress, buildGeneration, carriedFrom, openBuildModels } from '../engine/build/index.ts';
import { systemClock } from '../engine/clock.ts';
import type { EngineConfig } from '../engine/config.ts';
import { EngineError } from '../engine/errors.ts';
import { PostStore, type Source, type SourceEvent, type SyncReport, syncSource } from '../engine/source/index.ts';
import { lockIndex, type Manifest } from '../engine/store/index.ts';
import { openEmbedPool } from './pool/index.ts';

export interface IndexInput {
  readonly config: EngineConfig;
  readonly source: Source;
  /** Takes the place of an earlier source's posts. */
  readonly replace: boolean;
  readonly signal: AbortSignal;
  readonly onSource: (event: SourceEvent) => void;
  readonly onBuild: (progress: BuildProgress) => void;
}

export interface IndexReport {
  readonly manifest: Manifest;
  readonly sync: SyncReport;
  /** Passages whose vector was made now; the others were known. */
  readonly embedded: number;
}

/**
 * Reads the source into the store beside the index, then builds and publishes. Interrupted, the next call goes on from there.
 *
 * @throws EngineError index_busy, source_*, model_*; the reason of the abort when aborted
 */
export async function indexSource(input: IndexInput): Promise<IndexReport> {
  const models = await openBuildModels(input.config);
  const unlock = lockIndex(input.config.index.directory);
  try {
    return await fillAndBuild(input, models);
  } finally {
    unlock();
  }
}

async function fillAndBuild(
  { config, source, replace, signal, onSource, onBuild }: IndexInput,
  models: Awaited<ReturnType<typeof openBuildModels>>,
): Promise<IndexReport> {
  const { store, adopt } = openPosts(config.index.directory, source.from, replace);
  const { directory, embedder } = config.models;
  const pool = models.embedder === null ? null : openEmbedPool(directory, embedder, availableParallelism());
  let embedded = 0;
  try {
    const sync = await syncSource(source, store, onSource);
    // What takes the place of everything takes the place of documents that were put live, too.
    const has = (id: string): boolean => replace || store.has(id);
    const carried = await carriedFrom(config.index.directory, { has });
    const manifest = await buildGeneration(
      { config, models, source: source.from, posts: store.posts(), postsTotal: store.size, carried },
      {
        embed: (texts) => pool!.embed(texts),
        embedParallel: pool?.workers ?? 1,
        clock: systemClock,
        signal,
        progress: (progress) => {
          embedded = progress.embedded;
          onBuild(progress);
        },
      },
    );
    store.close();
    adopt();
    return { manifest, sync, embedded };
  } finally {
    await pool?.close();
    store.close();
  }
}

/**
 * The posts beside the index. To replace them, new ones are gathered aside, and take their place only when an index was built
 * from them: a source that does not answer costs nothing.
 */
function openPosts(index: string, from: string, replace: boolean): { store: PostStore; adopt: () => void } {
  const folder = join(index, 'source');
  if (!replace) return { store: PostStore.open(folder, from), adopt: () => {} };
  requireOwnFolder(folder);
  const next = `${folder}.next`;
  if (!PostStore.holds(next, from)) rmSync(next, { recursive: true, force: true });
  return {
    store: PostStore.open(next, from),
    adopt: () => {
      rmSync(folder, { recursive: true, force: true });
      renameSync(next, folder);
    },
  };
}

/** What is replaced is deleted, so it must be nothing but posts of ours. */
function requireOwnFolder(folder: string): void {
  if (!existsSync(folder)) return;
  const foreign = readdirSync(folder).find((name) => !PostStore.owns(name));
  if (foreign === undefined) return;
  throw new EngineError('source_refused', `Cannot replace posts: ${foreign} is not of this program: ${folder}`, {
    file: join(folder, foreign),
    remedy: 'Choose another folder with --into, or move the file away',
  });
}
