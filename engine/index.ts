/** The door: one query, one thread. */
import { type Clock, systemClock } from './clock.ts';
import type { EngineConfig } from './config.ts';
import { Generation, type SharedGeneration } from './generation.ts';
import { LivingIndex, type PreparedChanges } from './living-index.ts';
import { type Parts, runArm } from './pipeline.ts';
import { type ArmsState, newRunning, stopsOf, ThreadArms } from './thread-arms.ts';
import { type ModelState, ThreadModels } from './thread-models.ts';
import type { SearchOutcome, SearchRequest, WorkerOutcome } from './types.ts';

export interface Engine {
  readonly models: { readonly embedder: ModelState; readonly reranker: ModelState };
  /**
   * Never rejects: whatever happens is in the outcome.
   *
   * @param stops how often something had been stopped when the query was given its variants; where it is more by now, it is not answered
   */
  ask(request: SearchRequest, stops?: number): Promise<WorkerOutcome>;
  /** The same, for a request that names no variants. */
  search(request: SearchRequest): Promise<SearchOutcome>;
  /** Visible to the next search; not to be called while one runs. They follow on those of the last call, the first on the generation. */
  apply(changes: PreparedChanges): void;
  close(): Promise<void>;
}

/** `serving`: it is to answer, with the configured models. `arm`: it answers beside it, with the embedder that it was built with. */
export type Role = 'serving' | 'arm';

/** The models of this thread, and engines over one index after the other, or over two at a time. */
export interface Engines {
  /** What its end leaves open is the models. A model that is missing or broken leaves an engine that serves without it. */
  open(shared: SharedGeneration, role?: Role): Promise<Engine>;
  /** What queries may name from now on; not to be called while one runs. */
  arm(state: ArmsState): Promise<void>;
  /** Closes the models, when every engine has been closed. */
  close(): Promise<void>;
}

export interface EnginesOptions {
  readonly config: EngineConfig;
  /** Which scratch areas are this thread's in every index, 0 … workersMax−1. */
  readonly slot: number;
  readonly clock?: Clock;
  /** The serial numbers of the variants that run, for all threads. */
  readonly running?: Int32Array;
}

export interface EngineOptions extends EnginesOptions {
  readonly shared: SharedGeneration;
}

export function openEngines({ config, slot, clock = systemClock, running = newRunning() }: EnginesOptions): Engines {
  const models = new ThreadModels(config);
  const arms = new ThreadArms(models, running);
  /** Manifests of arms' generations. */
  const ofArms = new Set<SharedGeneration['manifest']>();
  const open = async (shared: SharedGeneration, role: Role = 'serving'): Promise<Engine> => {
    const generation = new Generation(shared, slot, config.retrieval);
    const { manifest } = generation;
    try {
      const embedder = await (role === 'arm' ? models.embedderOf(manifest) : models.embedderFor(manifest));
      const index = new LivingIndex(generation);
      const reranker = await models.rerankerFor(index);
      const settings = config.retrieval;
      const parts: Parts = { index, embedder: embedder.part, reranker: reranker.part, settings, clock };
      const armed = arms.opened(parts);
      const ask: Engine['ask'] = async (request, stops = stopsOf(running)) => {
        const stopped = (): boolean => stopsOf(running) !== stops;
        if (stopped()) return { kind: 'stopped' };
        const { parts, arm, asked } = armed.of(request.variants);
        return runArm(parts, asked(request), { ...arm, stopped: () => stopped() || arm.stopped() });
      };
      if (role === 'arm') ofArms.add(manifest);
      return {
        models: { embedder: embedder.state, reranker: reranker.state },
        ask,
        search: async (request) => {
          const outcome = await ask(request);
          if (outcome.kind === 'unscored' || outcome.kind === 'stopped')
            throw new Error('A search that names variants is asked, not searched');
          return outcome;
        },
        apply: (changes) => index.apply(changes),
        close: async () => {
          armed.closed();
          generation.close();
          if (ofArms.delete(manifest)) await models.keepEmbedders([...ofArms]);
        },
      };
    } catch (error) {
      generation.close();
      throw error;
    }
  };
  return { open, arm: (state) => arms.take(state), close: () => models.close() };
}

/** One index, opened on this thread with models of its own. */
export async function openEngine({ shared, ...options }: EngineOptions): Promise<Engine> {
  const engines = openEngines(options);
  const engine = await engines.open(shared);
  return {
    ...engine,
    close: async () => {
      await engine.close();
      await engines.close();
    },
  };
}

export type { SharedGeneration } from './generation.ts';
export { changedVectors, type KnownVectors, storedVectors } from './known-vectors.ts';
export {
  type Applied,
  generationOf,
  isSettled,
  type PreparedChange,
  type PreparedChanges,
  type PreparedVectors,
  stateName,
} from './living-index.ts';
export { type LoadedGeneration, loadGeneration } from './load.ts';
export { type ArmsState, countStop, newRunning, type RunningVariant, stopsOf } from './thread-arms.ts';
export type { ModelState } from './thread-models.ts';
