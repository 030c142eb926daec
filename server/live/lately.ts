/** By which names was the state known a moment ago? Answers under those may still be given while new ones are asked for. */
import type { Clock } from '../../engine/clock.ts';

/** Nobody asks for those that are older. */
const KEPT_US = 60_000_000;

export class Lately {
  readonly #clock: Clock;
  /** When each was left, on `nowUs`; the first to go first. */
  readonly #left = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on the state has another name. */
  left(name: string): void {
    const nowUs = this.#clock.nowUs();
    this.#left.delete(name);
    this.#left.set(name, nowUs);
    for (const [old, atUs] of this.#left) {
      if (nowUs - atUs <= KEPT_US) break;
      this.#left.delete(old);
    }
  }

  /** Somebody was told that every search finds what changed: no answer of before may be given any more. */
  forget(): void {
    this.#left.clear();
  }

  /** Milliseconds; null where that is too long ago, or never was. */
  goneForMs(name: string): number | null {
    const atUs = this.#left.get(name);
    return atUs === undefined ? null : (this.#clock.nowUs() - atUs) / 1000;
  }
}
