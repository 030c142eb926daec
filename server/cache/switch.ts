/** Is the cache on? Off until it is switched on again, or until a time. */
import type { Clock } from '../../engine/clock.ts';

export class Switch {
  readonly #clock: Clock;
  #on: boolean;
  /** On `nowUs`; null stays off. */
  #backAtUs: number | null = null;

  constructor(clock: Clock, on: boolean) {
    this.#clock = clock;
    this.#on = on;
  }

  get isOn(): boolean {
    if (!this.#on && this.#backAtUs !== null && this.#clock.nowUs() >= this.#backAtUs) this.turnOn();
    return this.#on;
  }

  /** Until it comes back by itself; null where it does not, or is on. */
  get backInMs(): number | null {
    if (this.isOn || this.#backAtUs === null) return null;
    return (this.#backAtUs - this.#clock.nowUs()) / 1000;
  }

  turnOn(): void {
    this.#on = true;
    this.#backAtUs = null;
  }

  /** @param forMs null until somebody turns it on; a later call counts from then */
  turnOff(forMs: number | null): void {
    this.#on = false;
    this.#backAtUs = forMs === null ? null : this.#clock.nowUs() + forMs * 1000;
  }
}
