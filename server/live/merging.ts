/**
 * When is what changed merged into a generation of its own, and how did it go?
 *
 * ```
 * idle ─▶ building   a process of low priority builds it from the one that serves and the changes, and publishes it
 *      ─▶ swapping   it is taken into service as any other
 *      ─▶ idle       the changes are forgotten, and the files of the journal that no generation needs are removed
 * ```
 * Whatever fails leaves the journal and the old generation as they were, and is tried again after a while. A crash at any point
 * does, too: the manifest of whichever generation serves says from where on the journal counts.
 */
import type { MergedChange } from '../../engine/build/index.ts';
import type { Clock } from '../../engine/clock.ts';
import type { EngineConfig } from '../../engine/config.ts';
import { EngineError } from '../../engine/errors.ts';
import type { Coverage } from '../../engine/journal/index.ts';
import type { SwapOutcome } from '../index-admin/index.ts';
import { mergeInProcess } from './merge-in-process.ts';
import type { Merged, MergeJob, MergeStage } from './merge-messages.ts';

export interface Sealed {
  readonly job: Omit<MergeJob, 'config'>;
  readonly changes: readonly MergedChange[];
}

/** What a merge needs of the documents. */
export interface Mergeable {
  /** Changed documents, bytes of them, and since when there are some. */
  pending(): { readonly documents: number; readonly bytes: number; readonly sinceMs: number | null };
  /** @throws EngineError where they cannot be merged */
  seal(): Promise<Sealed>;
  /** Of no other journal than that one. @throws EngineError index_unwritable */
  removeJournal(upTo: Coverage): Promise<void>;
}

export interface MergingParts {
  readonly config: EngineConfig;
  readonly clock: Clock;
  readonly live: Mergeable;
  readonly swap: (generation: string) => Promise<SwapOutcome>;
  readonly report: (event: 'changes_merged' | 'merge_failed', detail: string | null) => void;
  /** Runs the process. */
  readonly merge?: typeof mergeInProcess;
}

export interface MergeDone {
  readonly generation: string;
  readonly documents: number;
  readonly atMs: number;
  readonly tookMs: number;
  /** Most memory that its process had. */
  readonly bytesMax: number;
}

export interface MergeFailure {
  readonly code: string;
  readonly detail: string;
  readonly atMs: number;
  readonly retryAtMs: number;
}

export interface MergeUnderway {
  readonly stage: MergeStage | 'swapping';
  readonly documents: number;
  readonly sinceMs: number;
}

/** Share of a bound at which a merge begins, so that nothing is refused while it runs. */
const FULL_SHARE = 0.5;
const RETRY_MS = 30_000;
const RETRY_MS_MAX = 3_600_000;

export class Merging {
  readonly #parts: MergingParts;
  readonly #end = new AbortController();
  #run: Promise<void> | null = null;
  #holders = 0;
  #failures = 0;
  /** It is whole and published, but was not taken into service. */
  #waiting: Merged | null = null;
  underway: MergeUnderway | null = null;
  last: MergeDone | null = null;
  failed: MergeFailure | null = null;

  constructor(parts: MergingParts) {
    this.#parts = parts;
  }

  /** Merges where that is due. Resolves when nothing is under way; never rejects. */
  look(): Promise<void> {
    const waits = this.#parts.clock.wallMs() < (this.failed?.retryAtMs ?? 0);
    return this.#run === null && (waits || !this.#isDue) ? Promise.resolve() : this.now();
  }

  /** Merges what there is, unless that is under way already. Resolves when it is done, or failed; never rejects. */
  now(): Promise<void> {
    if (this.#end.signal.aborted || (this.#run === null && this.#holders > 0)) return Promise.resolve();
    this.#run ??= this.#merge().finally(() => {
      this.#run = null;
    });
    return this.#run;
  }

  /** Waits for what is under way, and lets none begin until the returned function is called, once. */
  async hold(): Promise<() => void> {
    this.#holders += 1;
    await this.#run;
    return () => {
      this.#holders -= 1;
    };
  }

  /** Ends what is under way, and waits for that. */
  async close(): Promise<void> {
    this.#end.abort(new EngineError('draining', 'The server is shutting down'));
    await this.#run;
  }

  get #isDue(): boolean {
    const { live, clock, config } = this.#parts;
    const { mergeDocuments, mergeAgeMs, documentsMax, bytesMax } = config.index.changes;
    const { documents, bytes, sinceMs } = live.pending();
    if (documents === 0) return false;
    return (
      documents >= Math.min(mergeDocuments, documentsMax * FULL_SHARE) ||
      bytes >= bytesMax * FULL_SHARE ||
      (sinceMs !== null && clock.wallMs() - sinceMs >= mergeAgeMs)
    );
  }

  async #merge(): Promise<void> {
    const { live, clock, report } = this.#parts;
    const sinceMs = clock.wallMs();
    const { documents } = live.pending();
    try {
      this.#reach({ stage: 'starting', documents, sinceMs });
      const merged = this.#waiting ?? (await this.#build(documents, sinceMs));
      this.#waiting = merged;
      this.#reach({ stage: 'swapping', documents, sinceMs });
      const outcome = await this.#parts.swap(merged.generation);
      // Only one that came at the wrong time is asked for again; what cannot serve is built anew.
      if (outcome.kind !== 'refused' || outcome.code !== 'index_swapping') this.#waiting = null;
      if (outcome.kind === 'refused') throw new EngineError(outcome.code, outcome.detail);
      await live.removeJournal(merged.leastCoverage);
      const { generation, bytesMax } = merged;
      this.last = { generation, documents, atMs: clock.wallMs(), tookMs: clock.wallMs() - sinceMs, bytesMax };
      this.failed = null;
      this.#failures = 0;
      report('changes_merged', null);
    } catch (error) {
      this.#fail(error as Error);
    } finally {
      this.underway = null;
    }
  }

  async #build(documents: number, sinceMs: number): Promise<Merged> {
    const { config, live, merge = mergeInProcess } = this.#parts;
    const { job, changes } = await live.seal();
    const { signal } = this.#end;
    const stage = (now: MergeStage): void => this.#reach({ stage: now, documents, sinceMs });
    return merge({ job: { ...job, config }, changes, stage, signal });
  }

  #reach(underway: MergeUnderway): void {
    this.#end.signal.throwIfAborted();
    this.underway = underway;
  }

  #fail(error: Error): void {
    if (this.#end.signal.aborted) return;
    const atMs = this.#parts.clock.wallMs();
    const retryAtMs = atMs + Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.failed = {
      code: error instanceof EngineError ? error.code : 'internal',
      detail: error.message,
      atMs,
      retryAtMs,
    };
    this.#parts.report('merge_failed', error.message);
  }
}
