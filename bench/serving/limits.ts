/** The raw limits of the served modes: the same queries' tokens, the same pairs, the same graph, each in a loop. */
import type { EngineConfig } from '../../engine/config.ts';
import { loadGeneration } from '../../engine/index.ts';
import { loopRate, openRawGraph, openRawModel } from '../limits/index.ts';
import type { Answer } from './answers.ts';
import { modelWorkOf } from './work.ts';

export interface Limits {
  /** Query embeddings a second, one thread. */
  embed(seconds: number): Promise<number>;
  /** Query-passage pairs a second, one thread. */
  pairs(seconds: number): Promise<number>;
  /** Graph searches a second, one thread, at `retrieval.candidates`. */
  search(seconds: number): Promise<number>;
  /** How many pairs each query has. */
  readonly pairsOf: readonly number[];
  close(): Promise<void>;
}

/** @param reranked answers that hold every hit which the cross-encoder scored, one a query */
export async function openLimits(config: EngineConfig, reranked: readonly Answer[]): Promise<Limits> {
  const shared = await loadGeneration(config, 1);
  const work = await modelWorkOf(config, shared, reranked);
  const embedder = await openRawModel(config.models.directory, config.models.embedder);
  const reranker = await openRawModel(config.models.directory, config.models.reranker);
  const queries = work.queries.map(embedder.prepare);
  const pairs = work.pairs.flat().map(reranker.prepare);
  const { candidates, dense } = config.retrieval;
  const search = openRawGraph(shared, dense.expansionSearch, candidates);
  const vectors: Float32Array[] = [];
  for (const query of queries) vectors.push((await embedder.run(query)).slice());
  return {
    pairsOf: work.pairs.map(({ length }) => length),
    embed: (seconds) => loopRate(queries.length, seconds, (at) => embedder.run(queries[at]!)),
    pairs: (seconds) => loopRate(pairs.length, seconds, (at) => reranker.run(pairs[at]!)),
    search: (seconds) => loopRate(vectors.length, seconds, (at) => search(vectors[at]!)),
    close: async () => {
      await embedder.close();
      await reranker.close();
    },
  };
}
