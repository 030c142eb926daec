/**
 * Has a build finished elsewhere? Then its index is to serve.
 *
 * The pointer is read as often as `index.watchMs` says: it is twenty bytes, and a notice from the file system does not come over
 * every file system. What could not be taken into service is not tried again until CURRENT names another, or an operator asks.
 */
import type { IndexSwap } from './index-swap.ts';

export class CurrentWatch {
  readonly #swap: IndexSwap;
  /** What CURRENT named when it was last acted on. */
  #seen: string | null;

  constructor(swap: IndexSwap) {
    this.#swap = swap;
    this.#seen = swap.serving;
  }

  /** Resolves when what it began is decided. Never rejects. */
  async look(): Promise<void> {
    if (this.#swap.underway !== null) return;
    const named = this.#swap.ports.current();
    if (named === null || named === this.#seen) return;
    this.#seen = named;
    await this.#swap.swap(named);
  }
}
