/** What crosses between the server and a process that reranks. Plain values. */
import type { ErrorCode, ErrorPlace } from '../../engine/errors.ts';
import type { Fault } from '../../engine/faults.ts';
import type { PairToScore } from '../../engine/types.ts';

export interface OpenModel {
  readonly kind: 'open';
  /** Folder of the model directories. */
  readonly directory: string;
  readonly model: string;
}

export interface ScorePairs {
  readonly kind: 'score';
  readonly pairs: readonly Pick<PairToScore, 'ids' | 'typeIds'>[];
  /** Wall-clock end, milliseconds since the epoch; pairs that have no time are left out. */
  readonly endAtMs: number | null;
  readonly fault: Fault | null;
}

export type ToModel = OpenModel | ScorePairs;

export type FromModel =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string; readonly place: ErrorPlace }
  /** Logits of the next pairs; the last message says so. */
  | { readonly kind: 'scored'; readonly logits: readonly number[]; readonly last: boolean }
  | { readonly kind: 'failed'; readonly detail: string };
