/** Threads that turn tokens into vectors while an index is built: one a core, a session each. */
import { Piscina } from 'piscina';
import type { EmbedTexts } from '../../engine/build/index.ts';
import { WORKER_FLAGS } from './worker-flags.ts';

export interface EmbedPool {
  readonly workers: number;
  readonly embed: EmbedTexts;
  close(): Promise<void>;
}

/** @param model directory of the embedder, already verified by its card */
export function openEmbedPool(modelsDirectory: string, model: string, workers: number): EmbedPool {
  const pool = new Piscina({
    filename: new URL('./embed-worker.js', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    idleTimeout: Number.POSITIVE_INFINITY,
    atomics: 'disabled',
    execArgv: [...WORKER_FLAGS],
    workerData: { modelsDirectory, model },
  });
  return { workers, embed: (texts) => pool.run(texts) as Promise<Float32Array[]>, close: () => pool.destroy() };
}
