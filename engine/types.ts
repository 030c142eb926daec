/**
 * What crosses the thread border: plain values only, no functions, no classes.
 *
 * The server turns a request into a {@link SearchRequest}, a worker turns that into a {@link SearchOutcome}; nothing is
 * thrown across. Scores are IEEE doubles, times are microseconds unless the name says otherwise.
 */
import type { ErrorCode } from './errors.ts';

/** Index of a passage in a generation, 0 … passages−1, in the order of the build. Passages of a post are neighbours. */
export type DocId = number;
/** Index of a post in a generation, 0 … posts−1. */
export type PostNo = number;

export type SearchMode = 'hybrid' | 'dense' | 'bm25';
export type FusionKind = 'standardised' | 'rrf';
/** Fields whose values are kept in columns: they can be filtered by value and counted. */
export type FacetField = 'category' | 'tag' | 'author' | 'type' | 'language';
export const FACET_FIELDS = ['category', 'tag', 'author', 'type', 'language'] as const satisfies readonly FacetField[];
/** What can be counted over the results: the fields with values, and the date by calendar year. */
export type CountedField = FacetField | 'date';
export const COUNTED_FIELDS = [...FACET_FIELDS, 'date'] as const satisfies readonly CountedField[];

/** Values of one field are alternatives; fields are all required. Empty arrays and nulls do not restrict. */
export interface SearchFilters {
  readonly category: readonly string[];
  readonly tag: readonly string[];
  readonly author: readonly string[];
  readonly type: readonly string[];
  readonly language: readonly string[];
  /** Inclusive bounds, milliseconds since the epoch. */
  readonly dateFromMs: number | null;
  readonly dateToMs: number | null;
}

/** A query with every default filled in: inner code never sees an absent field. */
export interface SearchRequest {
  readonly query: string;
  readonly mode: SearchMode;
  readonly rerank: boolean;
  /** 1 … limits.topkMax. */
  readonly topk: number;
  /** 0-based; offset + topk never exceeds what the ranking holds. */
  readonly offset: number;
  readonly filters: SearchFilters;
  readonly facets: readonly CountedField[];
  /** Drops what scores below in the first stage, so that the total is the same with and without reranking; null keeps all. */
  readonly minScore: number | null;
  /** One result per post, or every passage on its own. */
  readonly collapse: 'post' | 'passage';
  readonly fusion: FusionKind;
  /** Maximal marginal relevance over the fused list. */
  readonly diversify: boolean;
  readonly explain: boolean;
  /** Passages each leg hands to the fusion at most, where that is to be fewer than `retrieval.candidates`. */
  readonly candidatesMax: number | null;
  /** Results that the cross-encoder scores at most, where that is to be fewer than `retrieval.rerank.depth`. */
  readonly rerankDepthMax: number | null;
  /** Names of variants of experiments that it is answered with, applied in order; empty: as configured. */
  readonly variants: readonly string[];
  /** Only where it is asked once more, since a model outside the workers had to score something first. */
  readonly scores?: OutsideScores;
  /** Wall-clock end, milliseconds since the epoch; stages that cannot finish are dropped, rerank first. */
  readonly deadlineAtMs: number | null;
}

/** Passages with their scores, best first, equal scores by lower id. Lengths are equal. */
export interface Candidates {
  readonly ids: Uint32Array;
  readonly scores: Float32Array;
}

/** Milliseconds spent in each stage; a stage that did not run is 0. */
export interface StageTimings {
  queueMs: number;
  embedMs: number;
  denseMs: number;
  lexicalMs: number;
  fuseMs: number;
  diversifyMs: number;
  rerankMs: number;
  documentsMs: number;
  totalMs: number;
}

/** Why an answer is less than what was asked for. */
export type Degradation =
  | 'dense_unavailable'
  | 'dense_language'
  | 'dense_failed'
  | 'rerank_unavailable'
  | 'rerank_language'
  | 'rerank_failed'
  | 'rerank_deadline'
  | 'rerank_partial'
  // Left out by a variant of an experiment.
  | 'rerank_off'
  // Of two arms that were to share the answer, one had none.
  | 'arm_failed'
  // Left out by the server, which had more to do than it could.
  | 'rerank_fewer'
  | 'rerank_shed'
  | 'candidates_fewer'
  | 'dense_shed';

/** Each leg's own score; null where the leg did not score this passage. */
export interface HitScores {
  readonly bm25: number | null;
  readonly dense: number | null;
  readonly fused: number | null;
  readonly rerank: number | null;
}

export interface TermExplanation {
  readonly term: string;
  readonly idf: number;
  /** Occurrences in the passage. */
  readonly tf: number;
  readonly queryWeight: number;
  readonly score: number;
}

/** Why a hit stands where it stands. Ranks are 1-based; null where the list did not hold the passage. */
export interface HitExplanation {
  readonly ranks: {
    readonly bm25: number | null;
    readonly dense: number | null;
    readonly fused: number | null;
    readonly rerank: number | null;
  };
  readonly terms: readonly TermExplanation[];
  /** Standardised scores as they entered the weighted sums. */
  readonly standardised: {
    readonly bm25: number | null;
    readonly dense: number | null;
    readonly firstStage: number | null;
    readonly rerank: number | null;
  };
  readonly passageTokens: number;
  readonly headingPath: readonly string[];
}

export interface Hit {
  readonly rank: number;
  /** `postId#n`: the passage that matched best. */
  readonly id: string;
  readonly postId: string;
  readonly title: string;
  readonly url: string;
  /** ISO 8601, or null where the source had none. */
  readonly date: string | null;
  readonly author: string | null;
  readonly categories: readonly string[];
  readonly tags: readonly string[];
  readonly type: string;
  /** HTML-escaped text with the matched terms in <mark>. */
  readonly snippet: string;
  readonly score: number;
  readonly scores: HitScores;
  readonly explain?: HitExplanation;
}

export interface FacetCount {
  readonly value: string;
  readonly count: number;
}

export interface SearchResult {
  readonly query: string;
  readonly mode: SearchMode;
  readonly reranked: boolean;
  readonly degraded: readonly Degradation[];
  /** Results in the whole ranking, the same on every page. */
  readonly total: number;
  readonly offset: number;
  readonly hits: readonly Hit[];
  readonly facets: Partial<Record<CountedField, readonly FacetCount[]>>;
  readonly timings: StageTimings;
  readonly generation: string;
  /** Names of the variants that it was really answered with: not of one that was stopped, or is not known any more. */
  readonly variants: readonly string[];
  /** There where two arms share the hits: ranks are those of the list, scores those of the arm that each came from. */
  readonly interleaved?: true;
  /** The models that took part; null where none did. */
  readonly model: { readonly embedder: string | null; readonly reranker: string | null };
}

/** A query and a passage as a model reads them. */
export interface PairToScore {
  /** By which its score is known. */
  readonly key: string;
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
}

/** What came of pairs that a model outside the workers was asked for. */
export interface OutsideScores {
  readonly model: string;
  /** By the keys of all pairs of the query; null for those that there was no time for. */
  readonly logits: ReadonlyMap<string, number | null>;
  /** Why there are none; null where there are. */
  readonly failed: string | null;
  /** From the question to the answer. */
  readonly tookMs: number;
}

/** A query that can be answered only when a model outside the workers has scored some pairs. */
export interface Unscored {
  readonly kind: 'unscored';
  readonly model: string;
  /** Of the query's other pairs, by their keys. */
  readonly known: ReadonlyMap<string, number>;
  readonly pairs: readonly PairToScore[];
  /** Of the worker, until here. */
  readonly tookMs: number;
}

/** A worker answers with a value whatever happens. */
export type SearchOutcome =
  | { readonly kind: 'ok'; readonly result: SearchResult }
  | { readonly kind: 'deadline'; readonly stage: keyof StageTimings }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly detail: string };

/** Something was stopped since the query left for its worker: it is to be asked again, as it may be asked now. */
export interface Stopped {
  readonly kind: 'stopped';
}

/** What a worker says to a message's query: an outcome, what it lacks, or that it is to be asked otherwise. */
export type WorkerOutcome = SearchOutcome | Unscored | Stopped;
