/** What was changed lately? So far back as suspects of an incident are looked for; the oldest go where there are too many. */
import type { Change } from '../../ops/incidents/index.ts';

const CHANGES_MAX = 200;
const SPAN_MS = 2 * 3_600_000;

export class ChangeRing {
  #changes: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();

  note(change: Change): void {
    this.#changes = [...this.since(change.timeMs - SPAN_MS), change].slice(-CHANGES_MAX);
    for (const listener of this.#listeners) listener(change);
  }

  /** Calls with those that were noted already, and with each from now on. @returns what ends that */
  follow(listener: (change: Change) => void): () => void {
    for (const change of this.#changes) listener(change);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** In the order in which they were noted. */
  since(sinceMs: number): readonly Change[] {
    return this.#changes.filter(({ timeMs }) => timeMs >= sinceMs);
  }
}
