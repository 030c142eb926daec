import type { Clock } from '../../clock.ts';
import type { Pauses } from './pauses.ts';

/** Lets requests start no closer together than the rate allows; turns are granted in the order they are asked for. */
export class Pace {
  readonly #intervalUs: number;
  readonly #clock: Clock;
  readonly #pauses: Pauses;
  #nextUs: number;

  constructor(requestsPerSecond: number, clock: Clock, pauses: Pauses) {
    this.#intervalUs = 1_000_000 / requestsPerSecond;
    this.#clock = clock;
    this.#pauses = pauses;
    this.#nextUs = clock.nowUs();
  }

  async turn(signal: AbortSignal | null): Promise<void> {
    const nowUs = this.#clock.nowUs();
    const startUs = Math.max(nowUs, this.#nextUs);
    this.#nextUs = startUs + this.#intervalUs;
    if (startUs > nowUs) await this.#pauses.sleep((startUs - nowUs) / 1000, signal);
  }
}
