/** The index, the threads that answer from it, and what gathers queries for them. */
import { availableParallelism } from 'node:os';
import type { Clock } from '../engine/clock.ts';
import { loadGeneration, type SharedGeneration } from '../engine/index.ts';
import { leaseGeneration } from '../engine/store/index.ts';
import { stageBuffers } from '../ops/index.ts';
import { Batcher } from './batcher.ts';
import type { Config } from './config/index.ts';
import { LoadControl, STEP_MS } from './overload/index.ts';
import { type EnginePool, openPool, slotsFor, type WorkerReport } from './pool/index.ts';

export interface Workers {
  readonly shared: SharedGeneration;
  readonly pool: EnginePool;
  readonly batcher: Batcher;
  readonly control: LoadControl;
  /** Name of the index that answers now. */
  readonly generation: () => string;
  readonly models: WorkerReport['models'];
  /** What the workers count their stages in. */
  readonly stages: readonly SharedArrayBuffer[];
  /** Waits for what each worker is on. */
  close(): Promise<void>;
}

const workersOf = ({ server }: Config): number =>
  server.workers === 0 ? Math.max(1, availableParallelism() - 1) : server.workers;

/** @throws EngineError index_missing | index_foreign | index_damaged | internal */
export async function openWorkers(config: Config, clock: Clock): Promise<Workers> {
  const { hangMs, dispatchQueriesMax, queueQueriesMax, overload } = config.server;
  const workers = workersOf(config);
  const shared = await loadGeneration(config, slotsFor(workers));
  const release = leaseGeneration(config.index.directory, shared.manifest.generation);
  const stages = config.ops.enabled ? stageBuffers(slotsFor(workers)) : [];
  const pool = await openPool(config, shared, { workers, hangMs, stages });
  const { models } = await pool.report();
  const nowMs = (): number => clock.nowUs() / 1000;
  const { candidates, rerank } = config.retrieval;
  const efforts = { ...overload, candidates, rerankDepth: rerank.depth };
  const control = new LoadControl({ settings: efforts, workers, queueQueriesMax, nowMs: nowMs() });
  const settings = { workers, dispatchQueriesMax, queueQueriesMax, clock, control };
  const batcher = new Batcher((requests) => pool.search(requests), settings);
  const steps = setInterval(() => control.step(batcher.stalled, nowMs()), STEP_MS).unref();
  return {
    shared,
    pool,
    batcher,
    control,
    generation: () => shared.manifest.generation,
    models,
    stages,
    close: async () => {
      clearInterval(steps);
      await pool.close();
      release();
    },
  };
}
