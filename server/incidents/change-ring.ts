/** What was changed lately? So far back as suspects of an incident are looked for; the oldest go where there are too many. */
import type { Change } from '../../ops/incidents/index.ts';

const CHANGES_MAX = 200;
const SPAN_MS = 2 * 3_600_000;

export class ChangeRing {
  #changes: Change[] = [];

  note(change: Change): void {
    this.#changes = [...this.since(change.timeMs - SPAN_MS), change].slice(-CHANGES_MAX);
  }

  /** In the order in which they were noted. */
  since(sinceMs: number): readonly Change[] {
    return this.#changes.filter(({ timeMs }) => timeMs >= sinceMs);
  }
}
