/** One thread that answers queries, and is replaced when it dies. Whoever asks it waits for each answer before he asks again. */
import type { MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { EngineConfig } from '../../engine/config.ts';
import type { Applied, ArmsState, ModelState, PreparedChanges } from '../../engine/index.ts';
import type { Manifest } from '../../engine/store/index.ts';
import type { SearchRequest, WorkerOutcome } from '../../engine/types.ts';
import type { Kept } from './keeper.ts';
import { WORKER_FLAGS } from './worker-flags.ts';

/** What a worker is born with. */
export interface WorkerSetup {
  readonly config: EngineConfig;
  /** Thread ids by scratch area, 0 where it is free. */
  readonly slots: Int32Array;
  /** Where the worker of each scratch area counts its stages; empty where nothing is recorded. */
  readonly stages: readonly SharedArrayBuffer[];
  /** Serial numbers of the variants that run. */
  readonly running: Int32Array;
}

export interface OpenTask {
  readonly generation: string;
  readonly role: Kept['role'];
  readonly port: MessagePort;
}

export interface SearchTask {
  readonly generation: string;
  readonly requests: readonly SearchRequest[];
  /** How often something had been stopped when they were given their variants. */
  readonly stops: number;
}

export interface ApplyTask {
  readonly generation: string;
  readonly changes: PreparedChanges;
}

/** What changed since generations were built. */
export interface ChangeFeed {
  /**
   * A handful of what a thread has yet to apply; null where it has all.
   *
   * @param applied up to where it has them; null for none over this generation
   */
  next(generation: Manifest, applied: Applied | null): PreparedChanges | null;
}

/** What threads are to know of arms. */
export interface Arming {
  readonly state: ArmsState;
  /** Generations of arms, which stay open beside the one that serves. */
  readonly kepts: readonly Kept[];
}

/** How models stand over one generation. */
export interface ModelsReport {
  readonly embedder: ModelState;
  readonly reranker: ModelState;
}

export interface EngineThread {
  /** Rejects when the thread dies or does not answer within `hangMs` after the last deadline. */
  search(kept: Kept, requests: readonly SearchRequest[], stops: number): Promise<readonly WorkerOutcome[]>;
  /** Applies a handful of what changed since a generation was built, opening it where it is not. True where there is more. */
  catchUp(kept: Kept): Promise<boolean>;
  /** Takes over what there is to know of arms. */
  arm(): Promise<void>;
  /** Opens a generation beside those that are open. */
  open(kept: Kept): Promise<ModelsReport>;
  /** Lets go of what it holds of a generation. */
  letGo(generation: string): Promise<void>;
  /** Waits for what it is on. */
  close(): Promise<void>;
}

export interface ThreadSettings {
  readonly feed: ChangeFeed;
  readonly arming: () => Arming;
  readonly setup: WorkerSetup;
  /** A message that is this late has a hung model; its thread is ended. */
  readonly hangMs: number;
  /** Told after each death, before whoever waited for it; another thread is on its way. */
  readonly died: () => void;
}

export interface LivingThread extends EngineThread {
  /** Of the threads that live under this name: one, or none for a moment. */
  readonly ids: () => number[];
}

export function openThread({ feed, arming, setup, hangMs, died }: ThreadSettings): LivingThread {
  const pool = poolOfOne(setup);
  let closing = false;
  let opened = new Map<string, ModelsReport>();
  /** Up to where changes are applied, by generation. */
  let applied = new Map<string, Applied>();
  let armed = { serial: 0 };
  pool.on('workerDestroy', () => {
    opened = new Map();
    applied = new Map();
    armed = { serial: 0 };
    if (!closing) died();
  });
  const open = async (kept: Kept): Promise<ModelsReport> => {
    const { generation } = kept.manifest;
    const known = opened.get(generation);
    if (known !== undefined) return known;
    const asked = opened;
    const port = kept.give();
    const task: OpenTask = { generation, role: kept.role, port };
    const models = (await pool.run(task, { name: 'open', transferList: [port] })) as ModelsReport;
    asked.set(generation, models);
    return models;
  };
  const catchUp = async (kept: Kept): Promise<boolean> => {
    await open(kept);
    const { generation } = kept.manifest;
    const changes = feed.next(kept.manifest, applied.get(generation) ?? null);
    if (changes === null) return false;
    const asked = applied;
    const task: ApplyTask = { generation, changes };
    await pool.run(task, { name: 'apply' });
    asked.set(generation, changes.upTo);
    return feed.next(kept.manifest, changes.upTo) !== null;
  };
  const arm = async (): Promise<void> => {
    const { state } = arming();
    if (state.serial === armed.serial) return;
    const asked = armed;
    await pool.run(state, { name: 'arm' });
    asked.serial = state.serial;
  };
  return {
    arm,
    catchUp,
    ids: () => pool.threads.map(({ threadId }) => threadId),
    open,
    search: async (kept, requests, stops) => {
      while (await catchUp(kept));
      await arm();
      if (requests.some(({ variants }) => variants.length > 0))
        for (const one of arming().kepts) while (await catchUp(one));
      // A timer that is cleared: signals that time out by themselves would pile up for as long as a hang takes.
      const hung = new AbortController();
      const timer = setTimeout(() => hung.abort(), leftMs(requests) + hangMs);
      try {
        const task: SearchTask = { generation: kept.manifest.generation, requests, stops };
        return (await pool.run(task, { name: 'search', signal: hung.signal })) as readonly WorkerOutcome[];
      } finally {
        clearTimeout(timer);
      }
    },
    letGo: async (generation) => {
      applied.delete(generation);
      if (opened.delete(generation)) await pool.run(generation, { name: 'letGo' });
    },
    // Not destroy(): a thread that is ended inside a model takes the process with it.
    close: () => {
      closing = true;
      return pool.close();
    },
  };
}

function poolOfOne(setup: WorkerSetup): Piscina {
  const pool = new Piscina({
    filename: new URL('./worker.js', import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    concurrentTasksPerWorker: 1,
    // A blocking wait for the next task would keep the model's own asynchronous work from running.
    atomics: 'disabled',
    execArgv: [...WORKER_FLAGS],
    workerData: setup,
  });
  // A crash also reaches the task that the thread was on; here it only must not end the process.
  pool.on('error', () => {});
  return pool;
}

/** Until the last deadline. */
function leftMs(requests: readonly SearchRequest[]): number {
  const last = Math.max(...requests.map(({ deadlineAtMs }) => deadlineAtMs ?? 0), Date.now());
  return last - Date.now();
}
