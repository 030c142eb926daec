/**
 * Does a copy answer as the original did? Titles of sampled posts, of the generation and of what changed since, and vectors of
 * sampled passages are asked of both.
 */
import type { SeenChanges } from '../changes/index.ts';
import type { Clock } from '../clock.ts';
import type { RetrievalConfig } from '../config.ts';
import { EngineError } from '../errors.ts';
import type { LivingIndex } from '../living-index.ts';
import { runPipeline } from '../pipeline.ts';
import { sampled, type VerifiedParts } from '../store/verify/index.ts';
import type { SearchRequest } from '../types.ts';
import { postIn } from './documents.ts';
import type { Probes } from './snapshot.ts';

const SAMPLES = 20;
const NEAREST = 10;
/** Any will do; the same sample for the same index. */
const SEED = 1;

export interface ProbeReport {
  readonly passed: boolean;
  /** What was asked, and how much of it came as it was recorded. */
  readonly titles: { readonly asked: number; readonly same: number; readonly first: number };
  readonly vectors: { readonly asked: number; readonly same: number };
  /** The first that came otherwise, in words; null where all is well. */
  readonly detail: string | null;
}

export interface ProbeSettings {
  readonly retrieval: RetrievalConfig;
  readonly clock: Clock;
}

/** An index with what changed since its generation was built. */
export interface ProbedParts extends VerifiedParts {
  readonly index: LivingIndex;
}

export async function askProbes(
  parts: ProbedParts,
  { documents }: Pick<SeenChanges, 'documents'>,
  settings: ProbeSettings,
): Promise<Probes> {
  const { generation, vectors } = parts;
  const changed = new Map(documents.map(({ id, document }) => [id, document]));
  const built = sampled(generation.columns.posts, SAMPLES, SEED).map((at) => generation.post(at));
  const put = documents.flatMap(({ document }) => (document === null ? [] : [document]));
  const living = sampled(put.length, SAMPLES, SEED).map((at) => postIn(put[at]!));
  const titles: Probes['titles'] = [];
  for (const { id, title } of [...built.filter((post) => !changed.has(post.id)), ...living]) {
    const query = title.slice(0, settings.retrieval.queryCharsMax);
    if (query.trim() !== '') titles.push({ query, post: id, found: await postsFor(parts.index, query, settings) });
  }
  const asked = vectors === null ? [] : sampled(vectors.ids.length, SAMPLES, SEED).map((at) => vectors.ids[at]!);
  return { titles, vectors: asked.map((passage) => ({ passage, found: nearestTo(parts, passage) })) };
}

/** Asks what was recorded, and compares. */
export async function repeatProbes(
  parts: ProbedParts,
  { titles, vectors }: Probes,
  settings: ProbeSettings,
): Promise<ProbeReport> {
  const wrong: string[] = [];
  let first = 0;
  for (const { query, post, found } of titles) {
    const now = await postsFor(parts.index, query, settings);
    if (now[0] === post) first += 1;
    if (!same(now, found))
      wrong.push(`${JSON.stringify(query)} gave ${now.join(', ') || 'nothing'}, not ${found.join(', ')}`);
  }
  const titlesSame = titles.length - wrong.length;
  for (const { passage, found } of vectors) {
    const now = nearestTo(parts, passage);
    if (!same(now, found))
      wrong.push(`The vector of passage ${passage} gave ${now.join(', ')}, not ${found.join(', ')}`);
  }
  const vectorsSame = titles.length + vectors.length - wrong.length - titlesSame;
  return {
    passed: wrong.length === 0,
    titles: { asked: titles.length, same: titlesSame, first },
    vectors: { asked: vectors.length, same: vectorsSame },
    detail: wrong[0] ?? null,
  };
}

const same = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((each, at) => each === other[at]);

/** By words alone, so that no model takes part and the answer is the same wherever it is computed. */
async function postsFor(index: LivingIndex, query: string, { retrieval, clock }: ProbeSettings): Promise<string[]> {
  const parts = { index, embedder: null, reranker: null, settings: retrieval, clock };
  const outcome = await runPipeline(parts, requestFor(query));
  if (outcome.kind === 'ok') return outcome.result.hits.map(({ postId }) => postId);
  const detail = outcome.kind === 'failed' ? outcome.detail : outcome.stage;
  throw new EngineError('internal', `The index does not answer ${JSON.stringify(query)}: ${detail}`);
}

function nearestTo({ generation, vectors }: VerifiedParts, passage: number): number[] {
  if (generation.vectors === null || vectors === null) return [];
  const k = Math.min(NEAREST, vectors.ids.length);
  return [...generation.vectors.search(vectors.vector(passage), k, null).ids];
}

const requestFor = (query: string): SearchRequest => ({
  query,
  mode: 'bm25',
  rerank: false,
  topk: NEAREST,
  offset: 0,
  filters: { category: [], tag: [], author: [], type: [], language: [], dateFromMs: null, dateToMs: null },
  facets: [],
  minScore: null,
  collapse: 'post',
  fusion: 'standardised',
  diversify: false,
  explain: false,
  candidatesMax: null,
  rerankDepthMax: null,
  deadlineAtMs: null,
});
