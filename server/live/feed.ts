/** What was prepared and no merge has taken: for threads that are behind, new, or over another generation. */
import type { PreparedChange, PreparedChanges } from '../../engine/index.ts';
import type { Manifest } from '../../engine/store/index.ts';
import type { ChangeFeed } from '../pool/index.ts';

/** Changes that a thread applies between one message and the next: some ten milliseconds. */
const HANDFUL = 16;

export class Feed implements ChangeFeed {
  /** One of each id, its latest. */
  readonly #changes = new Map<string, PreparedChange>();
  /** Sequence up to which a generation has the changes itself. */
  readonly #baseOf: (generation: Manifest) => number;
  /** Version of the latest there is; 0 before any. */
  #latest = 0;

  constructor(baseOf: (generation: Manifest) => number) {
    this.#baseOf = baseOf;
  }

  /** Of the latest that a generation does not have itself, which names its state; null where it has all. */
  stateOf(generation: Manifest): number | null {
    return this.#latest > this.#baseOf(generation) ? this.#latest : null;
  }

  /** The id as that change made it; undefined where it is not here, or made by another. */
  get(id: string, version: number): PreparedChange | undefined {
    const change = this.#changes.get(id);
    return change?.version === version ? change : undefined;
  }

  add(changes: readonly PreparedChange[]): void {
    for (const change of changes) {
      const known = this.#changes.get(change.id);
      if (known === undefined || known.version < change.version) this.#changes.set(change.id, change);
      this.#latest = Math.max(this.#latest, change.version);
    }
  }

  /** Forgets those up to a sequence, which the generation that serves has itself. */
  drop(upTo: number): void {
    for (const { id, version } of this.#changes.values()) if (version <= upTo) this.#changes.delete(id);
  }

  next(generation: Manifest, applied: number | null): PreparedChanges | null {
    const from = applied ?? this.#baseOf(generation);
    if (this.#latest <= from) return null;
    const behind = [...this.#changes.values()].filter(({ version }) => version > from);
    behind.sort((a, b) => a.version - b.version);
    const changes = behind.slice(0, HANDFUL);
    const last = changes.at(-1);
    return last === undefined ? null : { upTo: last.version, changes };
  }
}
