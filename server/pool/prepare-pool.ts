/**
 * A thread that makes of changed documents what is searched.
 *
 * It has a model of its own, so that no query waits behind the embedding of a document. It is there from the first change on,
 * until none has come for a while: a site that is only read pays nothing.
 */
import { Piscina } from 'piscina';
import type { EngineConfig } from '../../engine/config.ts';
import type { ChangedPost } from '../../engine/delta/index.ts';
import type { Manifest } from '../../engine/store/index.ts';
import { WORKER_FLAGS } from './worker-flags.ts';

const IDLE_MS = 300_000;

export interface PrepareTask {
  /** With which the generation was built. */
  readonly models: Pick<Manifest, 'embedder' | 'reranker'>;
  /** Each JSON of a post as its source told it. */
  readonly documents: readonly Uint8Array[];
}

export interface Prepared {
  /** In the order of the documents. */
  readonly posts: readonly ChangedPost[];
  /** Why they can be found by their words only; null where the models took part. */
  readonly lacking: string | null;
}

export interface PreparePool {
  prepare(task: PrepareTask): Promise<Prepared>;
  /** Waits for what it is on. */
  close(): Promise<void>;
}

export function openPreparePool(config: EngineConfig): PreparePool {
  const pool = new Piscina({
    filename: new URL('./prepare-worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    atomics: 'disabled',
    execArgv: [...WORKER_FLAGS],
    workerData: config,
  });
  // A crash also reaches the task that the thread was on; here it only must not end the process.
  pool.on('error', () => {});
  return {
    prepare: (task) => pool.run(task, { name: 'prepareDocuments' }) as Promise<Prepared>,
    close: () => pool.close(),
  };
}
