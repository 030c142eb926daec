/** What is durable → prepared → in every worker, until nothing is behind. */
import type { Changes } from '../../engine/changes/index.ts';
import type { Turns } from '../turns.ts';
import type { LiveParts } from './contract.ts';
import type { Preparation } from './preparation.ts';
import type { Shown } from './shown.ts';

/** Documents that are cut together, and become visible together: the first waits for the last, some ten milliseconds. */
const BATCH = 16;

export interface PumpParts extends Pick<LiveParts, 'pool' | 'feed' | 'arms'> {
  readonly preparation: Preparation;
  readonly shown: Shown;
  /** Shared with whatever must not happen meanwhile. */
  readonly turns: Turns;
  readonly changes: () => Changes | null;
  readonly signal: AbortSignal;
}

export class Pump {
  readonly #parts: PumpParts;
  #running: Promise<void> | null = null;

  constructor(parts: PumpParts) {
    this.#parts = parts;
  }

  /** Resolves when all that is durable is found by its words. */
  run(): Promise<void> {
    this.#running ??= this.#all();
    return this.#running;
  }

  /** Prepares all that is durable, within the caller's own turn. */
  async prepareAll(): Promise<void> {
    while (this.#isBehind) await this.#prepareSome();
  }

  async #all(): Promise<void> {
    const { pool, arms, turns } = this.#parts;
    const some = async (): Promise<void> => {
      await this.#prepareSome();
      await pool.catchUp(pool.serving);
      await arms().catchUp();
    };
    try {
      // More may have become durable at any point of this.
      do await turns.take(some);
      while (this.#isBehind);
    } finally {
      // In the same breath as the last look: who comes later begins anew.
      this.#running = null;
    }
  }

  /** Whether something durable is not prepared yet. */
  get #isBehind(): boolean {
    const { signal, shown, changes } = this.#parts;
    const open = changes();
    return !signal.aborted && open !== null && shown.preparedTo < open.status.durableSequence;
  }

  async #prepareSome(): Promise<void> {
    const { feed, pool, shown, preparation, signal } = this.#parts;
    const open = this.#parts.changes();
    if (open === null || signal.aborted) return;
    const { upTo, changes } = open.since(shown.preparedTo);
    const batch = changes.slice(0, BATCH);
    const fresh = batch.filter(({ id, version }) => feed.get(id, version) === undefined);
    const cut = await preparation.cut(fresh, pool.serving.manifest);
    shown.add(cut, batch.length === changes.length ? upTo : batch.at(-1)!.version);
  }
}
