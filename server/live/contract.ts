/** What live documents need, and what they say. */
import type { Clock } from '../../engine/clock.ts';
import type { EngineConfig } from '../../engine/config.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import type { EnginePool, PreparePool } from '../pool/index.ts';
import type { Feeds } from './feeds.ts';

export interface LiveParts {
  readonly config: EngineConfig;
  readonly clock: Clock;
  readonly pool: Pick<EnginePool, 'serving' | 'catchUp'>;
  readonly prepare: PreparePool;
  readonly feed: Feeds;
  /** What an operator should know; as an event, and a line of the log. */
  readonly report: (code: 'journal_damaged' | 'change_unprepared' | 'journal_refused', detail: string) => void;
}

export interface LiveDocument {
  readonly version: number;
  readonly document: SourcePost;
}

export interface LiveStatus {
  /** Changed documents that no merge has taken, deleted ones included; and bytes of them in memory. */
  readonly documents: number;
  readonly bytes: number;
  /** Of the last durable change. */
  readonly sequence: number;
  /** Up to where every search tells of changes. */
  readonly visibleSequence: number;
  readonly journal: { readonly segments: number; readonly bytes: number };
  /** What was found damaged when the journal was read. */
  readonly damage: readonly string[];
  /** Why changes are refused; null where they are taken. */
  readonly refusal: string | null;
}
