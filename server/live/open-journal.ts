/** The journal that changes go to now: which one is it, can it be had, and what of it was damaged? */
import { type Base, Changes } from '../../engine/changes/index.ts';
import { EngineError } from '../../engine/errors.ts';
import { damageError } from '../../engine/journal/index.ts';
import type { Manifest } from '../../engine/store/index.ts';
import type { LiveParts } from './contract.ts';

export interface OpenJournalParts extends Pick<LiveParts, 'config' | 'clock' | 'feed' | 'report'> {
  readonly base: Base;
  /** Told when changes behind a sequence are durable, up to another. */
  readonly durable: (from: number, to: number) => void;
}

export class OpenJournal {
  readonly #parts: OpenJournalParts;
  /** Null where it cannot be had. */
  changes: Changes | null = null;
  folder = '';
  /** Why it cannot be had. */
  refusal: EngineError | null = null;
  damage: readonly string[] = [];

  constructor(parts: OpenJournalParts) {
    this.#parts = parts;
  }

  /**
   * Opens the one that goes with a generation. Where another process has it, that is its refusal.
   *
   * @returns up to where that generation has the changes in it itself; null where it cannot be had
   * @throws EngineError index_foreign | index_unreadable
   */
  async open(manifest: Pick<Manifest, 'journal'>): Promise<number | null> {
    const { config, clock, report, feed, base } = this.#parts;
    const covered = manifest.journal ?? null;
    this.folder = feed.folderOf(manifest);
    try {
      const { changes, recovery } = await Changes.open({
        folder: this.folder,
        settings: config.index.changes,
        ...{ covered, base, clock },
        journal: { writer: 'thread' },
      });
      feed.turnTo(this.folder, changes.history);
      this.changes = changes;
      this.refusal = null;
      this.damage = recovery.damage.map((one) => damageError(one).message);
      for (const detail of this.damage) report('journal_damaged', detail);
      this.#listen(changes);
      return covered?.history === changes.history ? covered.sequence : 0;
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'index_busy')) throw error;
      if (this.refusal === null) report('journal_refused', error.message);
      this.refusal = error;
      return null;
    }
  }

  async close(): Promise<void> {
    await this.changes?.close();
  }

  #listen(changes: Changes): void {
    let before = changes.status.durableSequence;
    changes.onDurable((upTo) => {
      this.#parts.durable(before, upTo);
      before = upTo;
    });
  }
}
