/**
 * Who is late? All get the same time, so they are late in the order in which they began, and a look at the oldest tells. A timer for
 * each would cost more than what it waits for.
 */

export class Deadlines {
  readonly #afterMs: number;
  readonly #nowMs: () => number;
  readonly #waiting = new Set<{ readonly atMs: number; readonly late: () => void }>();

  constructor(afterMs: number, nowMs: () => number) {
    this.#afterMs = afterMs;
    this.#nowMs = nowMs;
  }

  /** @param late called once, by {@link sweep}, unless the function that is returned was called before */
  begin(late: () => void): () => void {
    const entry = { atMs: this.#nowMs() + this.#afterMs, late };
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  }

  sweep(): void {
    const nowMs = this.#nowMs();
    for (const entry of this.#waiting) {
      if (entry.atMs > nowMs) return;
      this.#waiting.delete(entry);
      entry.late();
    }
  }
}
