/**
 * Does the main thread itself come late? Then there is a queue that no counter sees: requests that the kernel holds and nobody has
 * read. Its own timer tells how long they wait. One late step is a pause, of a collector or of the machine; several are overload.
 */

/** Between two steps, milliseconds. */
export const STEP_MS = 100;
/** Behind its time, milliseconds. */
const LATE_MS = 100;
/** Steps in a row. */
const STEPS = 5;

export class Lateness {
  #dueMs: number;
  #late = 0;

  constructor(nowMs: number) {
    this.#dueMs = nowMs + STEP_MS;
  }

  /** Whether it is so. */
  step(nowMs: number): boolean {
    this.#late = nowMs - this.#dueMs > LATE_MS ? this.#late + 1 : 0;
    this.#dueMs = nowMs + STEP_MS;
    return this.#late >= STEPS;
  }
}
