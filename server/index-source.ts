/** A source → a generation, with everything that takes part: lock, post store, models, embedding threads. */
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type BuildProgress, buildGeneration, openBuildModels } from '../engine/build/index.ts';
import { systemClock } from '../engine/clock.ts';
import type { EngineConfig } from '../engine/config.ts';
import { PostStore, type Source, type SourceEvent, type SyncReport, syncSource } from '../engine/source/index.ts';
import { lockIndex, type Manifest } from '../engine/store/index.ts';
import { openEmbedPool } from './pool/index.ts';

export interface IndexInput {
  readonly config: EngineConfig;
  readonly source: Source;
  /** Forgets the posts of an earlier source first. */
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
  const folder = join(config.index.directory, 'source');
  if (replace) rmSync(folder, { recursive: true, force: true });
  const store = PostStore.open(folder, source.from);
  const { directory, embedder } = config.models;
  const pool = models.embedder === null ? null : openEmbedPool(directory, embedder, availableParallelism());
  let embedded = 0;
  try {
    const sync = await syncSource(source, store, onSource);
    const manifest = await buildGeneration(
      { config, models, source: source.from, posts: store.posts(), postsTotal: store.size },
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
    return { manifest, sync, embedded };
  } finally {
    await pool?.close();
    store.close();
  }
}
