/**
 * THE MAIN PATH of a query on its worker, and the only file that knows the order of the stages and what may be dropped.
 *
 * analyse → embed → dense ∥ lexical → join → fuse → collapse → diversify → rerank → documents. A stage that cannot run, or
 * has no time left, is dropped where an answer without it still is one, and the answer says so in `degraded`.
 */
import { type Arm, AS_CONFIGURED } from './arm.ts';
import type { Clock } from './clock.ts';
import type { Collection } from './collection.ts';
import type { RetrievalConfig } from './config.ts';
import { collapseBy, diversify } from './diversify.ts';
import { EngineError } from './errors.ts';
import { strike } from './faults.ts';
import { byScore, type Fused, fuseNothing, fuseReciprocalRank, fuseStandardised } from './fuse.ts';
import { hitsOf } from './hits.ts';
import { countTerms, joinLegs } from './legs.ts';
import type { QueryTerm } from './lexical/index.ts';
import type { LivingIndex } from './living-index.ts';
import type { QueryEmbedder } from './query-embedder.ts';
import { blend, OutsideReranker, type Reranked, type Reranker } from './rerank/index.ts';
import { Stopwatch } from './stopwatch.ts';
import { detectLanguage } from './text/index.ts';
import type {
  Degradation,
  DocId,
  Hit,
  SearchMode,
  SearchOutcome,
  SearchRequest,
  StageTimings,
  Stopped,
  Unscored,
  WorkerOutcome,
} from './types.ts';

export interface Parts {
  readonly index: LivingIndex;
  readonly embedder: QueryEmbedder | null;
  readonly reranker: Reranker | OutsideReranker | null;
  readonly settings: RetrievalConfig;
  readonly clock: Clock;
}

/** What one query carries from stage to stage. */
interface QueryRun {
  readonly request: SearchRequest;
  readonly arm: Arm;
  readonly collection: Collection;
  readonly watch: Stopwatch;
  readonly degraded: Degradation[];
  readonly expired: () => boolean;
}

/** As configured, with models of this thread. */
export async function runPipeline(parts: Parts, request: SearchRequest): Promise<SearchOutcome> {
  const outcome = await runArm(parts, request, AS_CONFIGURED);
  if (outcome.kind === 'unscored' || outcome.kind === 'stopped') throw new Error(`Not an outcome: ${outcome.kind}`);
  return outcome;
}

export async function runArm(parts: Parts, request: SearchRequest, arm: Arm): Promise<WorkerOutcome> {
  const { clock } = parts;
  const { deadlineAtMs } = request;
  const run: QueryRun = {
    request,
    arm,
    // Nothing is applied while a query runs: its thread does one thing at a time.
    collection: parts.index.collection,
    watch: new Stopwatch(clock),
    degraded: [],
    expired: () => deadlineAtMs !== null && clock.wallMs() >= deadlineAtMs,
  };
  try {
    return await answer(parts, run);
  } catch (error) {
    if (error instanceof EngineError) return { kind: 'failed', code: error.code, detail: error.message };
    return { kind: 'failed', code: 'internal', detail: (error as Error).stack ?? String(error) };
  }
}

async function answer(parts: Parts, run: QueryRun): Promise<WorkerOutcome> {
  const { index, settings } = parts;
  const { generation } = index;
  const { request, arm, collection, watch, degraded, expired } = run;
  const late = (stage: keyof StageTimings): SearchOutcome => ({ kind: 'deadline', stage });
  if (expired()) return late('queueMs');
  const fault = arm.faultOf('query');
  if (fault !== null) await strike(fault);

  const detected = detectLanguage(request.query);
  // A query that does not tell is taken to be in the language of the site.
  const language = detected?.confident ? detected.lang : generation.manifest.analysis.language;
  const vector = request.mode === 'bm25' ? null : await embed(parts, run, language);
  watch.lap('embedMs');
  const mode: SearchMode = vector === null ? 'bm25' : request.mode;
  if (expired()) return late('embedMs');

  const terms = countTerms(generation.analyzer.terms(request.query), settings.queryTermsMax);
  const ranked = firstStage(parts, run, { mode, vector, terms });
  if (expired()) return late('fuseMs');

  const total = ranked.length;
  const facets = collection.countFacets(
    ranked.map(({ id }) => collection.postOf(id)),
    request.facets,
  );
  const diversified = request.diversify
    ? diversify(ranked, settings.mmr, (a, b) => collection.likeness(a.id, b.id))
    : ranked;
  watch.lap('diversifyMs');

  const final = await rerank(parts, run, { ranked: diversified, mode, language });
  watch.lap('rerankMs');
  if (!Array.isArray(final)) return final;
  if (request.scores !== undefined) watch.add('rerankMs', request.scores.tookMs);

  const page = final.slice(request.offset, request.offset + request.topk);
  const hits: Hit[] = hitsOf({ collection, terms, settings, request, page, firstRank: request.offset + 1 });
  watch.lap('documentsMs');
  return {
    kind: 'ok',
    result: {
      query: request.query,
      mode,
      reranked: final.some(({ rerank: logit }) => logit !== null),
      degraded,
      total,
      offset: request.offset,
      hits,
      facets,
      timings: watch.finish(),
      generation: index.name,
      variants: arm.applied,
      model: {
        embedder: vector === null ? null : parts.embedder!.name,
        reranker: final.some(({ rerank: logit }) => logit !== null) ? parts.reranker!.name : null,
      },
    },
  };
}

/** The query's vector, or null where the query has to do without, which `degraded` then explains. */
async function embed(
  { embedder }: Parts,
  { request, arm, collection, degraded }: QueryRun,
  language: string,
): Promise<Float32Array | null> {
  if (embedder === null) {
    degraded.push('dense_unavailable');
    return null;
  }
  // An index without vectors, though it was built with an embedder, holds no passage that the embedder can read.
  if (!embedder.speaks(language) || !collection.hasVectors) {
    degraded.push('dense_language');
    return null;
  }
  try {
    const fault = arm.faultOf('embedder');
    if (fault !== null) await strike(fault);
    return await embedder.embed(request.query);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    degraded.push('dense_failed');
    return null;
  }
}

interface FirstStage {
  readonly mode: SearchMode;
  readonly vector: Float32Array | null;
  readonly terms: readonly QueryTerm[];
}

/** Both legs joined, fused, filtered and collapsed: the ranking that total, facets and pages are counted on. */
function firstStage(
  parts: Parts,
  { request, collection, watch }: QueryRun,
  { mode, vector, terms }: FirstStage,
): Fused[] {
  const { settings } = parts;
  const { fusion } = settings;
  const { filters } = request;
  const candidates = Math.min(request.candidatesMax ?? settings.candidates, settings.candidates);
  const dense =
    vector === null || mode === 'bm25'
      ? null
      : {
          list: collection.searchDense(vector, candidates, filters),
          vectors: { score: collection.scoreDense.bind(collection) },
          vector,
        };
  watch.lap('denseMs');
  const lexical =
    mode === 'dense'
      ? null
      : {
          list: collection.searchLexical(terms, candidates, filters),
          index: { score: collection.scoreLexical.bind(collection) },
          terms,
        };
  watch.lap('lexicalMs');
  const scored = joinLegs(lexical, dense);
  const fused =
    lexical === null || dense === null
      ? fuseNothing(scored)
      : request.fusion === 'rrf'
        ? fuseReciprocalRank(scored, fusion.rrfK)
        : fuseStandardised(scored, fusion.denseWeight);
  const kept = request.minScore === null ? fused : fused.filter(({ score }) => score >= request.minScore!);
  kept.sort(byScore);
  const ranked = request.collapse === 'post' ? collapseBy(kept, ({ id }) => collection.postOf(id)) : kept;
  for (let at = 0; at < ranked.length; at++) ranked[at]!.rank = at + 1;
  watch.lap('fuseMs');
  return ranked;
}

interface ToRerank {
  readonly ranked: readonly Fused[];
  readonly mode: SearchMode;
  readonly language: string;
}

/** The first results reordered by the cross-encoder as far as time allows; the rest, and any failure, as it was. */
async function rerank(
  parts: Parts,
  run: QueryRun,
  { ranked, mode, language }: ToRerank,
): Promise<Reranked<Fused>[] | Unscored | Stopped> {
  const { reranker, settings } = parts;
  const { request, arm, degraded } = run;
  const asItWas = (): Reranked<Fused>[] => blend(ranked, [], 0);
  if (arm.stopped()) return { kind: 'stopped' };
  if (!request.rerank) return asItWas();
  const why = reasonAgainst(reranker, arm, language);
  if (reranker === null || why !== null) {
    degraded.push(why ?? 'rerank_unavailable');
    return asItWas();
  }
  const depth = Math.min(request.rerankDepthMax ?? settings.rerank.depth, settings.rerank.depth);
  const ids = ranked.slice(0, depth).map(({ id }) => id);
  try {
    const logits = await logitsOf(reranker, run, ids);
    if (!Array.isArray(logits)) return logits;
    if (logits.length < ids.length && arm.stopped()) return { kind: 'stopped' };
    if (logits.length < ids.length) degraded.push(logits.length === 0 ? 'rerank_deadline' : 'rerank_partial');
    return blend(ranked, logits, reranker.weightOver(mode === 'bm25' ? 'bm25' : 'fusion'));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    degraded.push('rerank_failed');
    return asItWas();
  }
}

function reasonAgainst(reranker: Parts['reranker'], arm: Arm, language: string): Degradation | null {
  if (arm.withoutRerank) return 'rerank_off';
  if (reranker === null) return 'rerank_unavailable';
  return reranker.speaks(language) ? null : 'rerank_language';
}

/** As many as time allows. @throws EngineError model_failed */
async function logitsOf(
  reranker: Reranker | OutsideReranker,
  { request, arm, watch, expired }: QueryRun,
  ids: readonly DocId[],
): Promise<number[] | Unscored> {
  if (reranker instanceof OutsideReranker) {
    const scored = reranker.score(request.query, ids, request.scores ?? null);
    if ('logits' in scored) return scored.logits;
    const { known, pairs } = scored;
    return { kind: 'unscored', model: reranker.name, known, pairs, tookMs: watch.elapsedMs };
  }
  const fault = arm.faultOf('reranker');
  if (fault !== null) await strike(fault);
  return reranker.score(request.query, ids, () => expired() || arm.stopped());
}
