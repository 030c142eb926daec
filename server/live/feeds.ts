/**
 * A feed for each journal that a generation goes with which answers. There is one, but while what was restored takes the place of what
 * served, or the other way round: then each of the two is followed by its own changes.
 */
import type { Coverage } from '../../engine/journal/index.ts';
import { journalFolder, type Manifest } from '../../engine/store/index.ts';
import type { ChangeFeed } from '../pool/index.ts';
import { Feed } from './feed.ts';

export class Feeds implements ChangeFeed {
  readonly #index: string;
  /** By the journal's folder. */
  readonly #feeds = new Map<string, { readonly feed: Feed; readonly history: string }>();
  /** What a manifest says is read from the disk once. */
  readonly #folders = new WeakMap<Pick<Manifest, 'journal'>, string>();
  #current: Feed | null = null;

  constructor(index: string) {
    this.#index = index;
  }

  folderOf(generation: Pick<Manifest, 'journal'>): string {
    const known = this.#folders.get(generation);
    if (known !== undefined) return known;
    const folder = journalFolder(this.#index, generation);
    this.#folders.set(generation, folder);
    return folder;
  }

  /** From now on changes are those of this journal, which was opened. What was prepared of it is still there. */
  turnTo(folder: string, history: string): void {
    const known = this.#feeds.get(folder);
    if (known?.history !== history) {
      const feed = new Feed(({ journal }) => coveredIn(journal, history));
      this.#feeds.set(folder, { feed, history });
    }
    this.#current = this.#feeds.get(folder)!.feed;
  }

  /** Only generations that go with this journal answer any more. */
  keepOnly(folder: string): void {
    for (const other of this.#feeds.keys()) if (other !== folder) this.#feeds.delete(other);
  }

  stateOf(generation: Manifest): number | null {
    return this.#feedOf(generation)?.stateOf(generation) ?? null;
  }

  next(generation: Manifest, applied: number | null): ReturnType<Feed['next']> {
    return this.#feedOf(generation)?.next(generation, applied) ?? null;
  }

  get(id: string, version: number): ReturnType<Feed['get']> {
    return this.#current?.get(id, version);
  }

  add(changes: Parameters<Feed['add']>[0]): void {
    this.#current?.add(changes);
  }

  drop(upTo: number): void {
    this.#current?.drop(upTo);
  }

  #feedOf(generation: Manifest): Feed | undefined {
    return this.#feeds.get(this.folderOf(generation))?.feed;
  }
}

export const coveredIn = (journal: Coverage | undefined, history: string | undefined): number =>
  journal !== undefined && journal.history === history ? journal.sequence : 0;
