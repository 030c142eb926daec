/** What a request leaves behind, whatever its end: exactly one sample. */
import type { Degradation } from '../engine/types.ts';

/**
 * How a request ended. Only `shed`, `deadline` and `failed` spend the error budget: what the caller did wrong (`invalid`),
 * asked too often (`limited`) or gave up on (`aborted`) is no event of the availability objective.
 */
export const OUTCOMES = ['answered', 'invalid', 'limited', 'shed', 'deadline', 'failed', 'aborted'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** `none`: not looked up. */
export const CACHE_USES = ['none', 'miss', 'hit', 'stale'] as const;
export type CacheUse = (typeof CACHE_USES)[number];

/** `none`: not asked for; `dropped`: asked for and not had. */
export const RERANK_USES = ['none', 'done', 'dropped'] as const;
export type RerankUse = (typeof RERANK_USES)[number];

/** Where queries are answered, each of a batch on its own: what objectives and detectors look at. */
export const SEARCH_ENDPOINTS: readonly string[] = ['/search', '/search/batch#query'];

/** Which arm of a canary answered; `control` while there is none. */
export type Arm = string;

export interface Sample {
  /** Route path, never a raw URL: the set of endpoints is bounded. */
  readonly endpoint: string;
  readonly outcome: Outcome;
  readonly cache: CacheUse;
  readonly rerank: RerankUse;
  readonly arm: Arm;
  /** From the first byte read to the answer handed over, nanoseconds. */
  readonly totalNs: number;
  /** Of that, waited for a worker; null where no worker answered. */
  readonly queueNs: number | null;
  readonly degraded: readonly Degradation[];
  /** Answered with no results at all. */
  readonly empty: boolean;
  /** For exemplars and the log. */
  readonly requestId: string;
  /** Address of the client, for the top talkers; '' where unknown. */
  readonly client: string;
}

const BAD: ReadonlySet<Outcome> = new Set(['shed', 'deadline', 'failed']);

/** Whether it spends the error budget. */
export const isBad = (outcome: Outcome): boolean => BAD.has(outcome);

/** Whether it is an event of the availability objective at all. */
export const isValid = (outcome: Outcome): boolean => outcome === 'answered' || BAD.has(outcome);

export function outcomeOf(status: number): Outcome {
  if (status === 429) return 'limited';
  if (status === 503) return 'shed';
  if (status === 504) return 'deadline';
  if (status >= 500) return 'failed';
  return status >= 400 ? 'invalid' : 'answered';
}
