/** What every kind of source speaks: posts, what became of them, and where a run stands. */
import type { ErrorPlace } from '../errors.ts';

/** A published post as its source tells it. Text is as written there; nothing is cleaned for searching yet. */
export interface SourcePost {
  /** Unique within the source; WordPress: the post's number. */
  readonly id: string;
  /** Plain text: character references decoded, tags removed; of bounded length. */
  readonly title: string;
  /** At least one of `html` and `text` is there; `html` is the better one when both are. */
  readonly html: string | null;
  readonly text: string | null;
  /** http, https or relative to the site; '' where the source has none. Never another scheme. */
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly dateMs: number | null;
  readonly modifiedMs: number | null;
  /** Display name. */
  readonly author: string | null;
  readonly categories: readonly string[];
  readonly tags: readonly string[];
  /** 'post', 'page' or the name of a custom type. */
  readonly type: string;
  /** BCP 47, canonical case: 'en-US'. */
  readonly lang: string | null;
}

export type SourceKind = 'wordpress' | 'wxr' | 'jsonl';

/**
 * One step of a run. A `post` replaces what was known under its id. A `rejected` names one input that could not be taken
 * as it stands; a `notice` sums up what was left out on purpose. After each `progress` everything before it is complete
 * and {@link Source.state} may be stored.
 */
export type SourceEvent =
  | { readonly kind: 'post'; readonly post: SourcePost }
  | { readonly kind: 'deleted'; readonly id: string }
  | {
      readonly kind: 'rejected';
      readonly place: ErrorPlace;
      readonly reason: string;
      readonly action: 'skipped' | 'repaired';
    }
  | { readonly kind: 'notice'; readonly place: ErrorPlace; readonly reason: string; readonly count: number }
  | { readonly kind: 'progress'; readonly done: number; readonly total: number | null };

/** Where a run stands, as plain JSON. `cursor` belongs to the kind of source that wrote it. */
export interface SourceState {
  readonly kind: SourceKind;
  readonly from: string;
  /** Whether the source was read to its end at least once. */
  readonly complete: boolean;
  readonly cursor: unknown;
}

/** What is known already; lets a source notice deletions and what it missed. */
export interface KnownPosts {
  readonly size: number;
  /** Type and modification time of a known post; undefined for an unknown id. */
  get(id: string): KnownPost | undefined;
  ids(): Iterable<string>;
}
export interface KnownPost {
  readonly type: string;
  readonly modifiedMs: number | null;
}

export interface Source {
  readonly kind: SourceKind;
  /** The address in canonical form: what a store is bound to. */
  readonly from: string;
  /**
   * Reads the source. With the state of an earlier run it continues an interrupted one, or brings a complete one up to
   * date. One run at a time.
   *
   * @param known what is stored already, as it changes with the events; without it no deletion is noticed and nothing
   *   that a shifting page hid is found
   * @throws EngineError source_unreadable, source_refused, source_invalid; the reason of the abort when aborted
   */
  events(state: SourceState | null, known: KnownPosts | null): AsyncIterable<SourceEvent>;
  /** Covers the events before the latest `progress`; null before the first one of a first run. */
  state(): SourceState | null;
}
