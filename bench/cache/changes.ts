/**
 * What is left of the cache where documents change all the time? The same requests, at a steady rate in virtual time, while a document
 * changes again and again: each change is found by its words at once and has its vectors a moment later, which are two states.
 */
import type { SearchRequest, SearchResult } from '../../engine/types.ts';
import { AnswerCache } from '../../server/cache/index.ts';

export interface Pace {
  readonly requestsPerSecond: number;
  readonly changesPerSecond: number;
  /** `server.cache.changedMs`. */
  readonly changedMs: number;
}

/** Shares of all requests. */
export interface Served {
  /** Fresh. */
  readonly hit: number;
  /** From before the last change, while a new one was asked for. */
  readonly stale: number;
  readonly waited: number;
}

/** From a change's words to its vectors. */
const VECTORS_MS = 100;
const FILTERS: SearchRequest['filters'] = {
  ...{ category: [], tag: [], author: [], type: [], language: [] },
  ...{ dateFromMs: null, dateToMs: null },
};

export async function servedUnderChanges(queries: readonly string[], pace: Pace): Promise<Served> {
  const { requestsPerSecond, changesPerSecond, changedMs } = pace;
  let nowMs = 0;
  const stateAt = (ms: number): string => {
    if (changesPerSecond === 0) return 'g';
    const change = Math.floor((ms * changesPerSecond) / 1000);
    return (ms * changesPerSecond) / 1000 - change < (VECTORS_MS * changesPerSecond) / 1000
      ? `g+${change + 1}~${change}`
      : `g+${change + 1}`;
  };
  const goneAtMs = (state: string): number => {
    const change = Number(/\+(\d+)/.exec(state)?.[1] ?? 0) - 1;
    return (change * 1000) / changesPerSecond + (state.includes('~') ? VECTORS_MS : 1000 / changesPerSecond);
  };
  const cache = new AnswerCache({
    settings: {
      ...{ enabled: true, bytesMax: 2 ** 30, entriesMax: 20_000, freshMs: 600_000, staleMs: 3_600_000 },
      ...{ staleOnErrorMs: 0, degradedMs: 0, changedMs },
    },
    clock: { nowUs: () => nowMs * 1000, wallMs: () => nowMs },
    seed: 1,
    deadlineMs: 10_000,
    goneForMs: (state) => nowMs - goneAtMs(state),
    failed: () => {
      throw new Error('The cache failed');
    },
  });
  const counts = { hit: 0, stale: 0, miss: 0, none: 0 };
  for (const [at, query] of queries.entries()) {
    nowMs = (at * 1000) / requestsPerSecond;
    const generation = stateAt(nowMs);
    const question = { request: requestOf(query), generation, arm: 'control', format: 'json' as const };
    const { use } = await cache.answer(
      question,
      async () => ({ kind: 'ok', result: resultOf(query, generation) }),
      null,
    );
    counts[use] += 1;
  }
  const share = (count: number): number => count / queries.length;
  return { hit: share(counts.hit), stale: share(counts.stale), waited: share(counts.miss) };
}

const requestOf = (query: string): SearchRequest => ({
  ...{ query, mode: 'hybrid', rerank: false, topk: 10, offset: 0, facets: [], minScore: null, collapse: 'post' },
  ...{ filters: FILTERS, fusion: 'standardised', diversify: false, explain: false },
  ...{ candidatesMax: null, rerankDepthMax: null, deadlineAtMs: null, variants: [] },
});

const resultOf = (query: string, generation: string): SearchResult => ({
  ...{ query, generation, mode: 'hybrid', reranked: false, degraded: [], total: 0, offset: 0, hits: [], facets: {} },
  timings: { ...TIMINGS },
  variants: [],
  model: { embedder: null, reranker: null },
});

const TIMINGS: SearchResult['timings'] = {
  ...{ queueMs: 0, embedMs: 0, denseMs: 0, lexicalMs: 0, fuseMs: 0 },
  ...{ diversifyMs: 0, rerankMs: 0, documentsMs: 0, totalMs: 0 },
};
