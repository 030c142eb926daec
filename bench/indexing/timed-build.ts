/** One build in a fresh folder, with the time of its stages and what its embedder was asked. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildModels, type BuildProgress, buildGeneration } from '../../engine/build/index.ts';
import { systemClock } from '../../engine/clock.ts';
import type { EngineConfig } from '../../engine/config.ts';
import { FILES } from '../../engine/generation.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import type { EmbedPool } from '../../server/pool/index.ts';
import { hashOf } from '../harness/index.ts';

export interface TimedBuild {
  readonly seconds: number;
  readonly stageSeconds: Readonly<Record<BuildProgress['stage'], number>>;
  /** Tokens of each passage that was embedded. */
  readonly embedded: readonly Int32Array[];
  /** Of every file but the graph, whose links depend on how its threads met. */
  readonly workSha256: string;
}

export interface BuildSubject {
  readonly config: EngineConfig;
  readonly models: BuildModels;
  readonly posts: readonly SourcePost[];
}

export async function timedBuild({ config, models, posts }: BuildSubject, pool: EmbedPool): Promise<TimedBuild> {
  const directory = mkdtempSync(join(tmpdir(), 'wp-chat-bench-'));
  const embedded: Int32Array[] = [];
  const stageSeconds = { passages: 0, lexical: 0, graph: 0, checksums: 0 };
  const startMs = performance.now();
  let stage: BuildProgress['stage'] = 'passages';
  let stageMs = startMs;
  const enter = (next: BuildProgress['stage']): void => {
    const nowMs = performance.now();
    stageSeconds[stage] += (nowMs - stageMs) / 1000;
    stage = next;
    stageMs = nowMs;
  };
  try {
    const manifest = await buildGeneration(
      {
        config: { ...config, index: { ...config.index, directory } },
        models,
        source: 'bench',
        posts,
        postsTotal: posts.length,
      },
      {
        embed: (texts) => {
          embedded.push(...texts);
          return pool.embed(texts);
        },
        embedParallel: pool.workers,
        clock: systemClock,
        progress: (state) => {
          if (state.stage !== stage) enter(state.stage);
        },
        signal: new AbortController().signal,
      },
    );
    enter('checksums');
    const files = Object.entries(manifest.files).filter(([name]) => name !== FILES.graph);
    return {
      seconds: (performance.now() - startMs) / 1000,
      stageSeconds,
      embedded,
      workSha256: hashOf([manifest.counts, files.map(([name, { sha256 }]) => [name, sha256])]),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
