/** The stored documents → a new generation, with everything that takes part: models, embedding threads, lock. */
import {
  type BuildProgress,
  openBuildModels,
  percentOf,
  type Rebuilt,
  rebuildGeneration,
} from '../engine/build/index.ts';
import { systemClock } from '../engine/clock.ts';
import type { EngineConfig } from '../engine/config.ts';
import { openEmbedPool } from './pool/index.ts';

export interface RebuildJob {
  readonly config: EngineConfig;
  /** Whether vectors that are known are made anew. */
  readonly fresh: boolean;
  /** Whether it may have fewer posts than what it replaces. */
  readonly accept: boolean;
  /** That embed, and that link the graph. */
  readonly threads: number;
}

export interface RebuildProgress {
  readonly stage: BuildProgress['stage'];
  /** Over all stages. */
  readonly percent: number;
}

export interface RebuildReport extends Omit<Rebuilt, 'manifest'> {
  readonly generation: string;
  /** Passages whose vector was made now; the others were known. */
  readonly embedded: number;
  readonly seconds: number;
}

/** @throws EngineError model_*, and as {@link rebuildGeneration}; the reason of the abort */
export async function rebuildIndex(
  { threads, ...job }: RebuildJob,
  { signal, progress }: { signal: AbortSignal; progress: (progress: RebuildProgress) => void },
): Promise<RebuildReport> {
  const startedMs = systemClock.wallMs();
  const models = await openBuildModels(job.config);
  const { directory, embedder } = job.config.models;
  const pool = models.embedder === null ? null : openEmbedPool(directory, embedder, threads);
  let embedded = 0;
  try {
    const { manifest, ...rebuilt } = await rebuildGeneration(
      { ...job, models, threads },
      {
        embed: (texts) => pool!.embed(texts),
        embedParallel: threads,
        clock: systemClock,
        signal,
        progress: (state) => {
          embedded = state.embedded;
          progress({ stage: state.stage, percent: percentOf(state) });
        },
      },
    );
    const seconds = (systemClock.wallMs() - startedMs) / 1000;
    return { generation: manifest.generation, ...rebuilt, embedded, seconds };
  } finally {
    await pool?.close();
  }
}
