/** How fast may it read, and for how long? */
import type { Clock } from '../../clock.ts';

/** The time that was given is over. */
export class OutOfTime extends Error {}

export interface PaceLimits {
  readonly bytesPerSecondMax: number | null;
  readonly deadlineMs: number | null;
}

export class Pace {
  readonly #clock: Clock;
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #limits: PaceLimits;
  readonly #startUs: number;
  #bytes = 0;

  constructor(limits: PaceLimits, clock: Clock, sleep: (ms: number) => Promise<void>) {
    this.#clock = clock;
    this.#sleep = sleep;
    this.#limits = limits;
    this.#startUs = clock.nowUs();
  }

  get bytes(): number {
    return this.#bytes;
  }

  get elapsedMs(): number {
    return (this.#clock.nowUs() - this.#startUs) / 1000;
  }

  /** Counts what was read and waits until it was not too fast. @throws OutOfTime */
  async spend(bytes: number): Promise<void> {
    this.#bytes += bytes;
    const { bytesPerSecondMax, deadlineMs } = this.#limits;
    if (deadlineMs !== null && this.elapsedMs >= deadlineMs) throw new OutOfTime();
    if (bytesPerSecondMax === null) return;
    const aheadMs = (this.#bytes / bytesPerSecondMax) * 1000 - this.elapsedMs;
    if (aheadMs > 0) await this.#sleep(aheadMs);
  }
}
