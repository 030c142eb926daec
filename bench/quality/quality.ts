/** How good are the answers? Builds an index of a judged collection and asks every query in every mode. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineConfig } from '../../engine/config.ts';
import { EngineError } from '../../engine/errors.ts';
import { type Engine, loadGeneration, openEngine } from '../../engine/index.ts';
import { openSource } from '../../engine/source/index.ts';
import type { SearchMode, SearchRequest } from '../../engine/types.ts';
import { indexSource } from '../../server/index-source.ts';
import { type JudgedQuery, readQueries } from './collection.ts';
import { type Estimate, estimate, type Measures, measure } from './measures.ts';

export const MODES = {
  bm25: { mode: 'bm25', rerank: false },
  dense: { mode: 'dense', rerank: false },
  hybrid: { mode: 'hybrid', rerank: false },
  'hybrid+rerank': { mode: 'hybrid', rerank: true },
} as const satisfies Record<string, { mode: SearchMode; rerank: boolean }>;
export type ModeName = keyof typeof MODES;

export interface QualityReport {
  readonly modes: Record<
    ModeName,
    {
      readonly ndcg10: Estimate;
      readonly recall100: Estimate;
      readonly mrr10: Estimate;
      readonly degraded: Record<string, number>;
    }
  >;
  readonly queries: number;
  readonly documents: number;
  readonly seconds: number;
}

export interface QualityInput {
  readonly corpus: string;
  readonly queries: string;
  readonly qrels: string;
  readonly config: EngineConfig;
  /** Keeps the index there and uses it again; null works in a folder that is removed. */
  readonly work: string | null;
  readonly progress: (note: string) => void;
}

/** Results asked for: what recall@100 needs. */
const TOPK = 100;
const PROGRESS_MS = 5000;

export async function measureQuality(input: QualityInput): Promise<QualityReport> {
  const startedMs = Date.now();
  const judged = readQueries(input.queries, input.qrels);
  if (judged.length === 0)
    throw new EngineError('source_invalid', `No query of ${input.queries} has a relevant document in ${input.qrels}`);
  const folder = input.work ?? mkdtempSync(join(tmpdir(), 'wp-chat-quality-'));
  const config = { ...input.config, index: { ...input.config.index, directory: folder, generationsKept: 1 } };
  try {
    const documents = await buildIndex(input.corpus, config, input.progress);
    const engine = await openEngine({ config, shared: await loadGeneration(config, 1), slot: 0 });
    const modes = {} as QualityReport['modes'];
    for (const name of Object.keys(MODES) as ModeName[]) {
      input.progress(`asking ${judged.length} queries: ${name}`);
      modes[name] = await measureMode(engine, judged, name, config);
    }
    await engine.close();
    return { modes, queries: judged.length, documents, seconds: (Date.now() - startedMs) / 1000 };
  } finally {
    if (input.work === null) rmSync(folder, { recursive: true, force: true });
  }
}

async function buildIndex(corpus: string, config: EngineConfig, progress: QualityInput['progress']): Promise<number> {
  let shownMs = 0;
  const { manifest } = await indexSource({
    config,
    source: openSource(corpus),
    replace: false,
    signal: new AbortController().signal,
    onSource: () => {},
    onBuild: ({ posts, postsTotal, embedded }) => {
      if (Date.now() - shownMs < PROGRESS_MS) return;
      shownMs = Date.now();
      progress(`indexing ${posts} of ${postsTotal} documents, ${embedded} passages embedded`);
    },
  });
  return manifest.counts.posts;
}

async function measureMode(
  engine: Engine,
  judged: readonly JudgedQuery[],
  name: ModeName,
  { retrieval }: EngineConfig,
): Promise<QualityReport['modes'][ModeName]> {
  const degraded: Record<string, number> = {};
  const measures: Measures[] = [];
  for (const { text, judgements } of judged) {
    const outcome = await engine.search(requestFor(text, name, retrieval));
    if (outcome.kind !== 'ok') throw new Error(`No answer to ${JSON.stringify(text)}: ${JSON.stringify(outcome)}`);
    for (const reason of outcome.result.degraded) degraded[reason] = (degraded[reason] ?? 0) + 1;
    measures.push(
      measure(
        outcome.result.hits.map(({ postId }) => postId),
        judgements,
      ),
    );
  }
  return {
    ndcg10: estimate(measures.map(({ ndcg10 }) => ndcg10)),
    recall100: estimate(measures.map(({ recall100 }) => recall100)),
    mrr10: estimate(measures.map(({ mrr10 }) => mrr10)),
    degraded,
  };
}

const requestFor = (query: string, name: ModeName, { fusion, mmr }: EngineConfig['retrieval']): SearchRequest => ({
  query,
  ...MODES[name],
  topk: TOPK,
  offset: 0,
  filters: { category: [], tag: [], author: [], type: [], language: [], dateFromMs: null, dateToMs: null },
  facets: [],
  minScore: null,
  collapse: 'post',
  fusion: fusion.kind,
  diversify: mmr.enabled,
  explain: false,
  candidatesMax: null,
  rerankDepthMax: null,
  variants: [],
  deadlineAtMs: null,
});
