/**
 * Whose latencies are these? A series is one histogram's name: what was measured, and of which requests.
 *
 * As text (the tag of an .hlog line, without commas or spaces): `measure;endpoint;outcome;cache;rerank;arm`, such as
 * `total;/search;answered;none;done;control`. Waits for a worker are `queue;/search;…`; the stages of a query, which know
 * nothing of requests, are `embed;;;;;` and so on.
 */
import type { Arm, CacheUse, Outcome, RerankUse } from '../sample.ts';

/** The steps of a query that a worker times, in order. */
export const STAGES = ['embed', 'dense', 'lexical', 'fuse', 'diversify', 'rerank', 'documents'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * `total`: from the first byte to the answer; `queue`: of that, the wait for a worker; `service`: a worker's whole time with a
 * query.
 */
export type Measure = 'total' | 'queue' | 'service' | Stage;

export interface Series {
  readonly measure: Measure;
  /** '' for `service` and the stages, as are all that follow. */
  readonly endpoint: string;
  readonly outcome: Outcome | '';
  readonly cache: CacheUse | '';
  readonly rerank: RerankUse | '';
  readonly arm: Arm;
}

export const tagOf = ({ measure, endpoint, outcome, cache, rerank, arm }: Series): string =>
  `${measure};${endpoint};${outcome};${cache};${rerank};${arm}`;

/** Null where the text is no tag of ours. */
export function seriesOf(tag: string): Series | null {
  const parts = tag.split(';');
  if (parts.length !== 6) return null;
  const [measure, endpoint, outcome, cache, rerank, arm] = parts as [
    Measure,
    string,
    Outcome,
    CacheUse,
    RerankUse,
    Arm,
  ];
  return { measure, endpoint, outcome, cache, rerank, arm };
}
