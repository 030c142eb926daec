/** What are the workers on, how long will it take them, and do they get on with it? */
import { PRIORITIES, type Priority } from './overload/index.ts';

/** A message that one worker has. */
export interface Run {
  readonly queries: readonly { readonly priority: Priority }[];
  readonly leftUs: number;
  /** Expected time of a worker, milliseconds. */
  readonly workMs: number;
}

/** On one message for so long, and for so many times what was expected, a worker does not get on. */
const STALLED_MS = 2000;
const STALLED_FACTOR = 10;

export class Underway<One extends Run> {
  readonly #runs = new Set<One>();

  get size(): number {
    return this.#runs.size;
  }

  add(run: One): void {
    this.#runs.add(run);
  }

  delete(run: One): void {
    this.#runs.delete(run);
  }

  /** Queries of that class and more urgent ones. */
  countFrom(priority: Priority): number {
    const rank = PRIORITIES.indexOf(priority);
    let count = 0;
    for (const { queries } of this.#runs)
      for (const one of queries) if (PRIORITIES.indexOf(one.priority) <= rank) count += 1;
    return count;
  }

  /** Expected time until all are through, one after the other, milliseconds. */
  leftMs(nowUs: number): number {
    let sumMs = 0;
    for (const { leftUs, workMs } of this.#runs) sumMs += Math.max(0, workMs - (nowUs - leftUs) / 1000);
    return sumMs;
  }

  /** Whether none of so many workers is idle or gets on. */
  stalled(workers: number, nowUs: number): boolean {
    if (this.#runs.size < workers) return false;
    for (const { leftUs, workMs } of this.#runs)
      if ((nowUs - leftUs) / 1000 < Math.max(STALLED_MS, STALLED_FACTOR * workMs)) return false;
    return true;
  }
}
