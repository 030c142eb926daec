/**
 * Has somebody been counted already, of late? One whose queries fail keeps asking, and would be taken for many. Two sets take turns, so
 * that what is remembered is bounded in time and in number, and looking is one look into each.
 */

export class Seldom {
  readonly #forMs: number;
  readonly #entriesMax: number;
  #now = new Set<string>();
  #before = new Set<string>();
  #turnedMs = Number.NEGATIVE_INFINITY;

  /**
   * @param forMs within which nobody counts twice; up to twice as long may pass until he does again
   * @param entriesMax beyond which the older half is forgotten before its time
   */
  constructor(forMs: number, entriesMax: number) {
    this.#forMs = forMs;
    this.#entriesMax = entriesMax;
  }

  /** Whether it is to be counted. */
  count(id: string, nowMs: number): boolean {
    const sinceMs = nowMs - this.#turnedMs;
    // A clock that was set back would have nobody count again for as long as that.
    if (sinceMs >= this.#forMs || sinceMs < 0 || this.#now.size * 2 >= this.#entriesMax) {
      this.#before = sinceMs >= 2 * this.#forMs ? new Set() : this.#now;
      this.#now = new Set();
      this.#turnedMs = nowMs;
    }
    if (this.#now.has(id) || this.#before.has(id)) return false;
    this.#now.add(id);
    return true;
  }
}
