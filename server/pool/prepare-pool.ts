/**
 * A thread that makes of changed documents what is searched: first their words, then their vectors.
 *
 * It has a model of its own, so that no query waits behind the embedding of a document. It is there from the first change on,
 * until none has come for a while: a site that is only read pays nothing. Words are cut between one passage and the next that it
 * embeds, so they wait for one run of the model at most.
 */
import { Piscina } from 'piscina';
import type { CutPost } from '../../engine/build/index.ts';
import type { EngineConfig } from '../../engine/config.ts';
import type { CodedVector } from '../../engine/dense/index.ts';
import type { KnownVectors } from '../../engine/index.ts';
import type { Manifest } from '../../engine/store/index.ts';
import { WORKER_FLAGS } from './worker-flags.ts';

const IDLE_MS = 300_000;

/** Cutting and embedding. */
const TASKS_AT_ONCE = 2;

/** With which a generation was built. */
export type PrepareModels = Pick<Manifest, 'embedder' | 'reranker'>;

export interface CutTask {
  readonly models: PrepareModels;
  readonly documents: readonly {
    /** Of a post as its source told it. */
    readonly json: Uint8Array;
    readonly known: KnownVectors;
  }[];
}

export interface Cut {
  /** In the order of the documents. */
  readonly posts: readonly CutPost[];
  /** Why they can be found by their words only; null where the models are there. */
  readonly lacking: string | null;
}

export interface EmbedTask {
  readonly models: PrepareModels;
  /** Tokens of passages. */
  readonly texts: readonly Int32Array[];
}

export interface PreparePool {
  cut(task: CutTask): Promise<Cut>;
  /** One vector a text, in their order. Rejects where the models are not there. */
  embed(task: EmbedTask): Promise<readonly CodedVector[]>;
  /** Waits for what it is on. */
  close(): Promise<void>;
}

export function openPreparePool(config: EngineConfig): PreparePool {
  const pool = new Piscina({
    filename: new URL('./prepare-worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    concurrentTasksPerWorker: TASKS_AT_ONCE,
    atomics: 'disabled',
    execArgv: [...WORKER_FLAGS],
    workerData: config,
  });
  // A crash also reaches the task that the thread was on; here it only must not end the process.
  pool.on('error', () => {});
  return {
    cut: (task) => pool.run(task, { name: 'cut' }) as Promise<Cut>,
    embed: (task) => pool.run(task, { name: 'embed' }) as Promise<readonly CodedVector[]>,
    close: () => pool.close(),
  };
}
