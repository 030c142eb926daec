/**
 * Which second is it, for the record? Wall time that never goes back.
 *
 * Steps follow the monotonic clock; labels follow the wall. When the wall is set forward the labels jump with it and leave a
 * gap; when it is set back they go on from where they were, ahead of the wall until it has caught up, so that no interval is
 * written twice and no window ever sees time run backwards.
 */
import type { Clock } from '../engine/clock.ts';

/** The wall drifts by less than this while it is kept by NTP; more was a jump. */
const JUMP_MS = 2000;

export class OpsClock {
  readonly #clock: Clock;
  #anchorWallMs: number;
  #anchorUs: number;
  #jumps = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#anchorWallMs = clock.wallMs();
    this.#anchorUs = clock.nowUs();
  }

  /** How often the wall was set by more than two seconds. */
  get jumps(): number {
    return this.#jumps;
  }

  /** Seconds that only count differences. */
  nowS(): number {
    return this.#clock.nowUs() / 1e6;
  }

  /** Milliseconds since the epoch, never less than before. */
  timeMs(): number {
    const expectedMs = this.#anchorWallMs + (this.#clock.nowUs() - this.#anchorUs) / 1000;
    const wallMs = this.#clock.wallMs();
    if (wallMs - expectedMs <= JUMP_MS) return expectedMs;
    this.#jumps += 1;
    this.#anchorWallMs = wallMs;
    this.#anchorUs = this.#clock.nowUs();
    return wallMs;
  }
}
