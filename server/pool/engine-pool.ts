/** Threads that hold an engine each, and are replaced when they die; over one generation, or for a while over two. */
import type { EngineConfig } from '../../engine/config.ts';
import type { EngineError } from '../../engine/errors.ts';
import { stopsOf } from '../../engine/index.ts';
import type { SearchRequest, WorkerOutcome } from '../../engine/types.ts';
import { Crew } from './crew.ts';
import { type Arming, type ChangeFeed, type LivingThread, type ModelsReport, openThread } from './engine-thread.ts';
import type { Kept } from './keeper.ts';

export interface EnginePool {
  readonly workers: number;
  /** The generation over which queries are answered. */
  readonly serving: Kept;
  /** Rejects when the worker dies or does not answer within `hangMs` after the last deadline of the batch. */
  search(requests: readonly SearchRequest[]): Promise<readonly WorkerOutcome[]>;
  /** Opens a generation in every worker, beside the one that serves. Where that fails, nothing of it is left. */
  open(kept: Kept): Promise<ModelsReport>;
  /** Resolves when answers over that one tell of all that the feed had when this was called. */
  catchUp(kept: Kept): Promise<void>;
  /** Resolves when every worker knows what there was to know of arms. */
  arm(): Promise<void>;
  /** From now on queries are asked over that one. Resolves when the last one over the other has ended. */
  goOverTo(kept: Kept): Promise<void>;
  /** Gives back all that is held of one that does not serve. */
  letGo(kept: Kept): Promise<void>;
  /** Another worker in the place of each, one after the other, while queries go on. @throws EngineError see {@link Crew.replace} */
  restart(settings: RestartSettings): Promise<ModelsReport>;
  /** Workers that died since the start. */
  readonly lost: number;
  /** Waits for the message that each worker is on. */
  close(): Promise<void>;
}

export interface RestartSettings {
  /** Whether each is ready before the old one leaves: no place is empty, for the memory of one more worker. */
  readonly beside: boolean;
  /** Asked of each before it takes queries. */
  readonly request: () => SearchRequest;
  /** Why one that opened such models, and answered that, does not do; null where it does. */
  readonly fault: (models: ModelsReport, outcome: WorkerOutcome) => EngineError | null;
  readonly signal: AbortSignal;
  /** Told after each, how many there are. */
  readonly replaced: (count: number) => void;
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
  readonly feed: ChangeFeed;
  readonly arming: () => Arming;
  /** Serial numbers of the variants that run, in shared memory. */
  readonly running: Int32Array;
}

export interface OpenedPool {
  readonly pool: EnginePool;
  readonly models: ModelsReport;
}

const STOPPED: WorkerOutcome = { kind: 'stopped' };

/** Starts all workers and waits until each has opened its engine. */
export async function openPool(config: EngineConfig, kept: Kept, settings: PoolSettings): Promise<OpenedPool> {
  const { workers, hangMs, stages, feed, arming, running } = settings;
  const slots = new Int32Array(new SharedArrayBuffer(slotsFor(workers) * 4));
  const setup = { config, slots, stages, running };
  let lost = 0;
  let closing = false;
  /** Also one that is on its way, or on its way out. */
  const threads = new Set<LivingThread>();
  const ended = (): void => freeSlots(slots, new Set([...threads].flatMap(({ ids }) => ids())));
  const died = (at: number): void => {
    ended();
    if (closing) return;
    lost += 1;
    crew.reborn(at);
  };
  const bear = (at: number): LivingThread => {
    const thread = openThread({ feed, arming, setup, hangMs, died: () => died(at) });
    threads.add(thread);
    const close = async (): Promise<void> => {
      await thread.close();
      threads.delete(thread);
      ended();
    };
    return { ...thread, close };
  };
  const crew = new Crew(
    Array.from({ length: workers }, (_, at) => bear(at)),
    kept,
  );
  const close = async (): Promise<void> => {
    closing = true;
    await crew.close();
  };
  const models = await crew.open(kept).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const pool: EnginePool = {
    workers,
    get serving() {
      return crew.serving;
    },
    search: async (requests) => {
      const stops = stopsOf(running);
      const outcomes = await crew.search(requests, stops);
      // What was answered at that moment is on its way still.
      return stopsOf(running) === stops ? outcomes : outcomes.map(() => STOPPED);
    },
    open: (next) => crew.open(next),
    catchUp: (kept) => crew.catchUp(kept),
    arm: () => crew.arm(),
    goOverTo: (next) => crew.goOverTo(next),
    letGo: (old) => crew.letGo(old),
    restart: ({ request, fault, ...settings }) =>
      crew.replace({
        ...settings,
        bear,
        probe: async (thread, serving, models) => {
          let outcome = STOPPED;
          // A stop of an experiment says nothing about the thread.
          while (outcome.kind === 'stopped')
            [outcome] = (await thread.search(serving, [request()], stopsOf(running))) as [WorkerOutcome];
          const refusal = fault(models, outcome);
          if (refusal !== null) throw refusal;
        },
      }),
    get lost() {
      return lost;
    },
    close,
  };
  return { pool, models };
}

function freeSlots(slots: Int32Array, alive: ReadonlySet<number>): void {
  for (let slot = 0; slot < slots.length; slot++) {
    const owner = Atomics.load(slots, slot);
    if (owner !== 0 && !alive.has(owner)) Atomics.compareExchange(slots, slot, owner, 0);
  }
}
