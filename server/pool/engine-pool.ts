/** Threads that hold an engine each, and are replaced when they die. */
import { Piscina } from 'piscina';
import type { EngineConfig } from '../../engine/config.ts';
import type { ModelState, SharedGeneration } from '../../engine/index.ts';
import type { SearchOutcome, SearchRequest } from '../../engine/types.ts';

/** What a worker is born with. */
export interface WorkerSetup {
  readonly config: EngineConfig;
  readonly shared: SharedGeneration;
  /** Thread ids by scratch area, 0 where it is free. */
  readonly slots: Int32Array;
  /** Where the worker of each scratch area counts its stages; empty where nothing is recorded. */
  readonly stages: readonly SharedArrayBuffer[];
}

export interface WorkerReport {
  readonly threadId: number;
  readonly models: { readonly embedder: ModelState; readonly reranker: ModelState };
  /** Of the whole process. */
  readonly rssBytes: number;
}

export interface EnginePool {
  readonly workers: number;
  /** Rejects when the worker dies or does not answer within `hangMs` after the last deadline of the batch. */
  search(requests: readonly SearchRequest[]): Promise<readonly SearchOutcome[]>;
  report(): Promise<WorkerReport>;
  /** Workers that died since the start. */
  readonly lost: number;
  /** Waits for the message that each worker is on. */
  close(): Promise<void>;
}

/** Scratch areas beyond the workers: a worker may be born before the one it replaces is buried. */
const SPARE_SLOTS = 2;

export const slotsFor = (workers: number): number => workers + SPARE_SLOTS;

export interface PoolSettings {
  readonly workers: number;
  /** A batch that is this late has a hung model; its worker is ended. */
  readonly hangMs: number;
  /** One for each of `slotsFor(workers)`, or none. */
  readonly stages: readonly SharedArrayBuffer[];
}

/** Starts all workers and waits until each has opened its engine. */
export async function openPool(
  config: EngineConfig,
  shared: SharedGeneration,
  { workers, hangMs, stages }: PoolSettings,
): Promise<EnginePool> {
  const slots = new Int32Array(new SharedArrayBuffer(slotsFor(workers) * 4));
  const setup: WorkerSetup = { config, shared, slots, stages };
  const pool = new Piscina({
    filename: new URL('./worker.js', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    idleTimeout: Number.POSITIVE_INFINITY,
    concurrentTasksPerWorker: 1,
    // A blocking wait for the next task would keep the model's own asynchronous work from running.
    atomics: 'disabled',
    workerData: setup,
  });
  let lost = 0;
  let closing = false;
  pool.on('workerDestroy', () => {
    if (!closing) lost += 1;
    freeSlots(slots, new Set(pool.threads.map(({ threadId }) => threadId)));
  });
  // A worker's crash also reaches the task it was on; here it only must not end the process.
  pool.on('error', () => {});
  const ask = <Answer>(task: unknown, name: string, signal?: AbortSignal): Promise<Answer> =>
    pool.run(task, signal === undefined ? { name } : { name, signal }) as Promise<Answer>;
  await Promise.all(Array.from({ length: workers }, () => ask(null, 'report')));
  return {
    workers,
    search: async (requests) => {
      // A timer that is cleared: signals that time out by themselves would pile up for as long as a hang takes.
      const hung = new AbortController();
      const timer = setTimeout(() => hung.abort(), leftMs(requests) + hangMs);
      try {
        return await ask(requests, 'search', hung.signal);
      } finally {
        clearTimeout(timer);
      }
    },
    report: () => ask(null, 'report'),
    get lost() {
      return lost;
    },
    close: async () => {
      closing = true;
      // Not destroy(): a thread that is ended inside a model takes the process with it.
      await pool.close();
    },
  };
}

/** Until the last deadline. */
function leftMs(requests: readonly SearchRequest[]): number {
  const last = Math.max(...requests.map(({ deadlineAtMs }) => deadlineAtMs ?? 0), Date.now());
  return last - Date.now();
}

function freeSlots(slots: Int32Array, alive: ReadonlySet<number>): void {
  for (let slot = 0; slot < slots.length; slot++) {
    const owner = Atomics.load(slots, slot);
    if (owner !== 0 && !alive.has(owner)) Atomics.compareExchange(slots, slot, owner, 0);
  }
}
