/** What became of a query, for whoever compares arms: what it was asked as, what it was given, and why. */
import type { ErrorCode } from '../../engine/errors.ts';
import type { SearchRequest } from '../../engine/types.ts';
import type { Sample } from '../../ops/index.ts';
import type { Answer } from '../cache/index.ts';
import type { ArmName, AssignmentReason } from './assignment/index.ts';
import type { Shared } from './relevance/interleaving.ts';

export interface Assigned {
  readonly experiment: string;
  /** As it was really served: control where the arm was lost or stopped on the way. */
  readonly arm: ArmName;
  readonly reason: AssignmentReason;
}

export interface SharedBy extends Pick<Shared, 'control' | 'canary' | 'interleaved'> {
  readonly experiment: string;
}

export interface Answered {
  readonly requestId: string;
  /** Milliseconds since the epoch, when it was answered. */
  readonly timeMs: number;
  readonly endpoint: '/search' | '/search/batch#query';
  /** As it was asked, before any arm changed it. */
  readonly request: SearchRequest;
  /** One for each experiment that there is, in their order. */
  readonly assignments: readonly Assigned[];
  /** Names of the variants that were really applied. */
  readonly variants: readonly string[];
  /** By what the asker is known again: a user, a session, a key or an address; '' where by nothing. */
  readonly identity: string;
  /** What became of each arm's own where two shared the answer; absent where one gave it. */
  readonly shared?: SharedBy;
  readonly cache: Sample['cache'];
  /** From the first look at the question to its answer. */
  readonly tookMs: number;
  /** Whether a query was run for this caller: not where it was answered from memory, or with another's. */
  readonly ran: boolean;
  readonly outcome:
    | {
        readonly kind: 'ok';
        /** With what it lacks and whether it was reranked; its entity tag covers all that it says. */
        readonly answer: Answer;
      }
    | { readonly kind: 'deadline' }
    | { readonly kind: 'failed'; readonly code: ErrorCode };
}

/** A GET that was answered from memory, to the byte as it was asked before: nobody has read what it asks. */
export interface AnsweredReady {
  readonly requestId: string;
  readonly assignments: readonly Assigned[];
  readonly answer: Answer;
}

export type AnsweredListener = (answered: Answered) => void;

/** Who wants to know of every query that is answered. */
export interface AnsweredFeed {
  /** Called behind each answer, on the main thread: it has to be quick, and must not throw. @returns ends it */
  onAnswered(listener: AnsweredListener): () => void;
  onReady(listener: (ready: AnsweredReady) => void): () => void;
}
