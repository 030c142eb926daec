/** The index, the threads that answer from it, what gathers queries for them, and how another index takes its place. */
import { availableParallelism } from 'node:os';
import type { Clock } from '../engine/clock.ts';
import { currentGeneration, generationNames, leaseGeneration, pointAtServing } from '../engine/store/index.ts';
import { stageBuffers } from '../ops/index.ts';
import { Batcher } from './batcher.ts';
import type { Config } from './config/index.ts';
import { CurrentWatch, IndexSwap, type SwapPorts } from './index-admin/index.ts';
import { LoadControl, STEP_MS } from './overload/index.ts';
import { type EnginePool, type ModelsReport, openKeeper, openPool, slotsFor } from './pool/index.ts';

export interface Workers {
  readonly pool: EnginePool;
  readonly batcher: Batcher;
  readonly control: LoadControl;
  readonly index: IndexSwap;
  /** Name of the index that answers now. */
  readonly generation: () => string;
  /** Which models take part over it, and why others do not. */
  readonly models: () => ModelsReport;
  /** What the workers count their stages in. */
  readonly stages: readonly SharedArrayBuffer[];
  /** Waits for what each worker is on, and for a change of the index. */
  close(): Promise<void>;
}

export interface WorkersParts {
  readonly config: Config;
  readonly clock: Clock;
  /** Told when the index was changed, or could not be. */
  readonly report: SwapPorts['report'];
}

const workersOf = ({ server }: Config): number =>
  server.workers === 0 ? Math.max(1, availableParallelism() - 1) : server.workers;

/** @throws EngineError index_missing | index_foreign | index_damaged | memory_short | internal */
export async function openWorkers({ config, clock, report }: WorkersParts): Promise<Workers> {
  const { hangMs, dispatchQueriesMax, queueQueriesMax, overload } = config.server;
  const workers = workersOf(config);
  const stages = config.ops.enabled ? stageBuffers(slotsFor(workers)) : [];
  const kept = await openKeeper({ config, generation: null, workersMax: slotsFor(workers) });
  const release = leaseGeneration(config.index.directory, kept.manifest.generation);
  const { pool, models } = await openPool(config, kept, { workers, hangMs, stages });
  const ports = { ...portsOf(config, slotsFor(workers)), pool, report, wallMs: () => clock.wallMs() };
  const index = new IndexSwap(ports, models, release);
  const watch = new CurrentWatch(index);
  const { watchMs } = config.index;
  const looks = watchMs === 0 ? undefined : setInterval(() => void watch.look(), watchMs).unref();
  const nowMs = (): number => clock.nowUs() / 1000;
  const { candidates, rerank } = config.retrieval;
  const efforts = { ...overload, candidates, rerankDepth: rerank.depth };
  const control = new LoadControl({ settings: efforts, workers, queueQueriesMax, nowMs: nowMs() });
  const settings = { workers, dispatchQueriesMax, queueQueriesMax, clock, control };
  const batcher = new Batcher((requests) => pool.search(requests), settings);
  const steps = setInterval(() => control.step(batcher.stalled, nowMs()), STEP_MS).unref();
  return {
    pool,
    batcher,
    control,
    index,
    generation: () => index.serving,
    models: () => index.models,
    stages,
    close: async () => {
      clearInterval(steps);
      clearInterval(looks);
      await index.settled();
      await pool.close();
      index.close();
    },
  };
}

function portsOf(
  config: Config,
  workersMax: number,
): Pick<SwapPorts, 'load' | 'lease' | 'current' | 'point' | 'names'> {
  const { directory } = config.index;
  return {
    load: (generation) => openKeeper({ config, generation, workersMax }),
    lease: (generation) => leaseGeneration(directory, generation),
    current: () => currentGeneration(directory),
    point: ({ manifest, seal }) => pointAtServing(directory, manifest.generation, seal),
    names: () => generationNames(directory),
  };
}
