/** What became of a second's requests, gathered as they end. */
import type { Ending } from './caller.ts';
import type { Lane, LoadSecond } from './lane.ts';

const P95 = 0.95;

export class Tally {
  #latenciesMs: number[] = [];
  #failed = 0;
  #degraded = 0;
  #limited = 0;
  #invalid = 0;

  add({ counts }: Pick<Lane, 'counts'>, { status, degraded, ms }: Ending): void {
    if (status === 429 || status === 403) this.#limited += 1;
    else if (status !== null && status >= 400 && status < 500) this.#invalid += 1;
    if (!counts) return;
    if (degraded) this.#degraded += 1;
    if (status === 200) this.#latenciesMs.push(ms);
    else this.#failed += 1;
  }

  /** Begins anew. */
  take(atMs: number): LoadSecond {
    const sorted = this.#latenciesMs.sort((one, other) => one - other);
    const second = {
      atMs,
      answered: sorted.length,
      failed: this.#failed,
      degraded: this.#degraded,
      p95Ms: sorted[Math.ceil(sorted.length * P95) - 1] ?? null,
      limited: this.#limited,
      invalid: this.#invalid,
    };
    this.#latenciesMs = [];
    this.#failed = 0;
    this.#degraded = 0;
    this.#limited = 0;
    this.#invalid = 0;
    return second;
  }
}
