/** The door: one query, one thread. */
import { type Clock, systemClock } from './clock.ts';
import type { EngineConfig } from './config.ts';
import { Generation, type SharedGeneration } from './generation.ts';
import { LivingIndex, type PreparedChanges } from './living-index.ts';
import { type Parts, runPipeline } from './pipeline.ts';
import { type ModelState, ThreadModels } from './thread-models.ts';
import type { SearchOutcome, SearchRequest } from './types.ts';

export interface Engine {
  readonly models: { readonly embedder: ModelState; readonly reranker: ModelState };
  /** Never rejects: whatever happens is in the outcome. */
  search(request: SearchRequest): Promise<SearchOutcome>;
  /** Visible to the next search; not to be called while one runs. They follow on those of the last call, the first on the generation. */
  apply(changes: PreparedChanges): void;
  close(): Promise<void>;
}

/** The models of this thread, and engines over one index after the other, or over two at a time. */
export interface Engines {
  /** What its end leaves open is the models. A model that is missing or broken leaves an engine that serves without it. */
  open(shared: SharedGeneration): Promise<Engine>;
  /** Closes the models, when every engine has been closed. */
  close(): Promise<void>;
}

export interface EnginesOptions {
  readonly config: EngineConfig;
  /** Which scratch areas are this thread's in every index, 0 … workersMax−1. */
  readonly slot: number;
  readonly clock?: Clock;
}

export interface EngineOptions extends EnginesOptions {
  readonly shared: SharedGeneration;
}

export function openEngines({ config, slot, clock = systemClock }: EnginesOptions): Engines {
  const models = new ThreadModels(config);
  const open = async (shared: SharedGeneration): Promise<Engine> => {
    const generation = new Generation(shared, slot, config.retrieval);
    try {
      const embedder = await models.embedderFor(generation.manifest);
      const index = new LivingIndex(generation);
      const reranker = await models.rerankerFor(index);
      const settings = config.retrieval;
      const parts: Parts = { index, embedder: embedder.part, reranker: reranker.part, settings, clock };
      return {
        models: { embedder: embedder.state, reranker: reranker.state },
        search: (request) => runPipeline(parts, request),
        apply: (changes) => index.apply(changes),
        close: async () => generation.close(),
      };
    } catch (error) {
      generation.close();
      throw error;
    }
  };
  return { open, close: () => models.close() };
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
export { type PreparedChange, type PreparedChanges, stateName } from './living-index.ts';
export { type LoadedGeneration, loadGeneration } from './load.ts';
export type { ModelState } from './thread-models.ts';
