/** A clock and timers that a test moves by hand. */
import type { Clock } from '../../../engine/clock.ts';
import type { SetTimer } from '../../../ops/notify/outbox/lane.ts';

export class HandClock implements Clock {
  #nowMs = Date.UTC(2026, 10, 28);
  #timers: { readonly atMs: number; readonly fire: () => void }[] = [];

  readonly setTimer: SetTimer = (fire, afterMs) => {
    const timer = { atMs: this.#nowMs + afterMs, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };

  nowUs(): number {
    return this.#nowMs * 1000;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  /** Milliseconds until the next timer; null where there is none. */
  get nextMs(): number | null {
    return this.#timers.length === 0 ? null : Math.min(...this.#timers.map(({ atMs }) => atMs)) - this.#nowMs;
  }

  /** Lets time pass, with what is due on the way, and what that sets off at once. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      await settled();
      const next = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((one, other) => one.atMs - other.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fire();
    }
    this.#nowMs = endMs;
    await settled();
  }
}

/** Promises that nothing outside is needed for have run. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
