/** The index, the threads that answer from it, what gathers queries for them, and how another index takes its place. */
import { availableParallelism } from 'node:os';
import type { Clock } from '../engine/clock.ts';
import { currentGeneration, generationNames, leaseGeneration, pointAtServing } from '../engine/store/index.ts';
import { stageBuffers } from '../ops/index.ts';
import { Batcher } from './batcher.ts';
import type { Config } from './config/index.ts';
import { CurrentWatch, IndexSwap, type SwapPorts } from './index-admin/index.ts';
import { Feeds, LiveDocuments, type LiveParts, Merging, type MergingParts } from './live/index.ts';
import { LoadControl, STEP_MS } from './overload/index.ts';
import { type EnginePool, type ModelsReport, openKeeper, openPool, openPreparePool, slotsFor } from './pool/index.ts';

export interface Workers {
  readonly pool: EnginePool;
  readonly batcher: Batcher;
  readonly control: LoadControl;
  readonly index: IndexSwap;
  /** Documents, and how they are changed. */
  readonly live: LiveDocuments;
  readonly merging: Merging;
  /** By what the index that answers now is known, with the changes that are in its answers. */
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
  /** Told when the index was changed, or could not be, and of what an operator should know of changes. */
  readonly report: (
    event: Parameters<SwapPorts['report'] | LiveParts['report'] | MergingParts['report']>[0],
    detail: string | null,
  ) => void;
}

/** How often it is asked whether a merge is due. */
const MERGE_LOOK_MS = 1000;

const workersOf = ({ server }: Config): number =>
  server.workers === 0 ? Math.max(1, availableParallelism() - 1) : server.workers;

/** @throws EngineError index_missing | index_foreign | index_damaged | memory_short | internal */
export async function openWorkers({ config, clock, report }: WorkersParts): Promise<Workers> {
  const { hangMs, dispatchQueriesMax, queueQueriesMax, overload } = config.server;
  const workers = workersOf(config);
  const stages = config.ops.enabled ? stageBuffers(slotsFor(workers)) : [];
  const kept = await openKeeper({ config, generation: null, workersMax: slotsFor(workers) });
  const release = leaseGeneration(config.index.directory, kept.manifest.generation);
  const feed = new Feeds(config.index.directory);
  const { pool, models } = await openPool(config, kept, { workers, hangMs, stages, feed });
  const prepare = openPreparePool(config);
  const early = new EarlyReports(report);
  const live: LiveDocuments = new LiveDocuments({ config, clock, pool, prepare, feed, report: early.report });
  await live.start().catch(async (error: unknown) => {
    await live.close();
    await pool.close();
    throw error;
  });
  early.ready();
  const ports = {
    ...portsOf(config, slotsFor(workers)),
    pool: followed(pool, live),
    changes: () => changesOf(live, merging),
    report,
    wallMs: () => clock.wallMs(),
  };
  const index: IndexSwap = new IndexSwap(ports, models, release);
  const watch = new CurrentWatch(index);
  const { watchMs } = config.index;
  const looks = watchMs === 0 ? undefined : setInterval(() => void watch.look(), watchMs).unref();
  const swap: MergingParts['swap'] = async (generation) => {
    await index.settled();
    // What an operator has put in place meanwhile stays.
    const current = ports.current();
    if (current === generation) return index.swap(generation);
    return { kind: 'refused', code: 'index_busy', detail: `Another generation is to serve: ${current}` };
  };
  const merging: Merging = new Merging({ config, clock, live, swap, report });
  const merges = setInterval(() => void merging.look(), MERGE_LOOK_MS).unref();
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
    live,
    merging,
    generation: () => live.state,
    models: () => index.models,
    stages,
    close: async () => {
      clearInterval(steps);
      clearInterval(looks);
      clearInterval(merges);
      await merging.close();
      await index.settled();
      await live.close();
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

const time = (ms: number): string => new Date(ms).toISOString();

function changesOf(live: LiveDocuments, { underway, last, failed }: Merging): object {
  return {
    ...live.status(),
    merging: underway === null ? null : { ...underway, sinceMs: undefined, since: time(underway.sinceMs) },
    lastMerge: last === null ? null : { ...last, atMs: undefined, at: time(last.atMs) },
    lastError:
      failed === null
        ? null
        : { code: failed.code, detail: failed.detail, at: time(failed.atMs), retryAt: time(failed.retryAtMs) },
  };
}

/** A generation serves only when it has the changes that the last one had. */
const followed = (pool: EnginePool, live: LiveDocuments): SwapPorts['pool'] => ({
  get serving() {
    return pool.serving;
  },
  open: async (kept) => {
    const models = await pool.open(kept);
    try {
      await live.follow(kept);
      return models;
    } catch (error) {
      await live.forget();
      await pool.letGo(kept);
      throw error;
    }
  },
  goOverTo: (kept) => {
    const empty = pool.goOverTo(kept);
    live.serves(kept);
    return empty;
  },
  letGo: async (kept) => {
    // Where it never served, what was shut for it opens again.
    await live.forget();
    await pool.letGo(kept);
  },
});

/** Who opens the workers cannot hear before they are open: what happens until then is told afterwards. */
class EarlyReports {
  readonly #told: Parameters<LiveParts['report']>[] = [];
  readonly #report: WorkersParts['report'];
  #ready = false;

  constructor(report: WorkersParts['report']) {
    this.#report = report;
  }

  readonly report: LiveParts['report'] = (event, detail) => {
    if (this.#ready) this.#report(event, detail);
    else this.#told.push([event, detail]);
  };

  ready(): void {
    setImmediate(() => {
      this.#ready = true;
      for (const [event, detail] of this.#told) this.#report(event, detail);
    });
  }
}
