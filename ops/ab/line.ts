/**
 * What is written of a request in `logs/ab_metrics.jsonl`, one JSON object a line: which arms it got, what became of it, and, where it
 * takes part in an experiment, what was shown, so that clicks can be credited by a process that starts later.
 */
import type { CacheUse, Outcome, RerankUse } from '../sample.ts';

export interface ArmTaken {
  readonly experiment: string;
  /** From one beginning of it to the next: what another one has shown is no evidence. */
  readonly run: string;
  readonly arm: string;
  /** Why this one. */
  readonly reason: string;
  /** Whether it says something of the arm: given by chance, asked for what differs, not answered from memory. */
  readonly comparable: boolean;
}

/** An answer that two arms share. */
export interface Interleaved {
  readonly experiment: string;
  /** Arms by team. */
  readonly A: string;
  readonly B: string;
  /** Whose each place is, a letter each: A, B, `=` for both, `-` for nobody's. */
  readonly teams: string;
}

export interface SearchLine {
  readonly time: string;
  readonly kind: 'search';
  readonly requestId: string;
  /** One for each experiment that the request takes part in. */
  readonly arms: readonly ArmTaken[];
  readonly interleaved?: Interleaved;
  readonly outcome: Outcome;
  readonly latencyMs: number;
  readonly rerankAsked: boolean;
  readonly rerankEffective: RerankUse;
  readonly cache: CacheUse;
  readonly degraded: readonly string[];
  /** In the whole ranking. */
  readonly results: number;
  /** Of the ids on the page, in their order. */
  readonly resultHash: string;
  /** Keyed, so that nobody can try a list of common queries without the key; the query itself where that is configured. */
  readonly queryHash?: string;
  readonly query?: string;
  /** Keyed, of whom the arm was given to; '' for nobody who can be known again. */
  readonly identityHash: string;
  /** Results before this page. */
  readonly offset?: number;
  /** Ids of the results on the page; only of requests that take part, and whose id is not one on which clicks are waited for already. */
  readonly shown?: readonly string[];
}

export interface ClickLine {
  readonly time: string;
  readonly kind: 'click';
  readonly requestId: string;
  readonly id: string;
  /** From 1, over all pages. */
  readonly position: number;
}

export type AbLine = SearchLine | ClickLine;

/** Lines of requests that take part in nothing say so where a reader sees it before anything else. */
const NOTHING = '"arms":[]';

/** Where the time stands in a line: it is written first. */
const TIME = /^\{"time":"([^"]{20,30})"/;

/** When it was made, milliseconds since the epoch; NaN where it does not say. */
export const timeOf = (text: string): number => Date.parse(TIME.exec(text)?.[1] ?? '');

/** A line of the file, or null where it says nothing of an experiment, is older than it is needed, or is torn. */
export function parseLine(text: string, fromMs: number): AbLine | null {
  if (text === '' || text.slice(0, 200).includes(NOTHING)) return null;
  // Most of a full log is older, and not worth the parsing.
  if (timeOf(text) < fromMs) return null;
  try {
    const line = JSON.parse(text) as AbLine;
    return (line.kind === 'search' && Array.isArray(line.arms)) || line.kind === 'click' ? line : null;
  } catch {
    return null;
  }
}
