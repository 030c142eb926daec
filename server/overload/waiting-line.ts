/** Whose turn is it? The most urgent first; among equals who came first, or, while more come than can be served, who came last. */
import { PRIORITIES, type Priority } from './priority.ts';

export interface Waiter {
  readonly priority: Priority;
  /** Expected time of a worker, milliseconds. */
  readonly workMs: number;
}

export class WaitingLine<One extends Waiter> {
  readonly #classes: Readonly<Record<Priority, One[]>> = { high: [], normal: [], low: [] };

  get length(): number {
    return this.#classes.high.length + this.#classes.normal.length + this.#classes.low.length;
  }

  /** Those that go before a new one of that class, or stand beside it. */
  countFrom(priority: Priority): number {
    return this.#from(priority).reduce((count, one) => count + one.length, 0);
  }

  /** Expected time of those that go before a new one, milliseconds. @param newestFirst whether its equals let it pass */
  workMsBefore(priority: Priority, newestFirst: boolean): number {
    let sumMs = 0;
    for (const one of this.#from(priority)) {
      if (newestFirst && one === this.#classes[priority]) break;
      for (const { workMs } of one) sumMs += workMs;
    }
    return sumMs;
  }

  push(one: One): void {
    this.#classes[one.priority].push(one);
  }

  /** Before all others of their classes, in their order. */
  pushFirst(ones: readonly One[]): void {
    for (const one of ones.toReversed()) this.#classes[one.priority].unshift(one);
  }

  /** Of the most urgent: the first, or the last to have come. */
  next(newestFirst: boolean): One | undefined {
    for (const priority of PRIORITIES) {
      const one = this.#classes[priority];
      if (one.length > 0) return newestFirst ? one.at(-1) : one[0];
    }
    return undefined;
  }

  /** Whether it was there. */
  remove(one: One): boolean {
    const waiting = this.#classes[one.priority];
    // The ends are where it is looked for most.
    const at = waiting[0] === one ? 0 : waiting.lastIndexOf(one);
    if (at < 0) return false;
    waiting.splice(at, 1);
    return true;
  }

  /** Takes away the last to have come of the least urgent below a class. */
  removeBelow(priority: Priority): One | undefined {
    for (const lower of PRIORITIES.toReversed()) {
      if (lower === priority) return undefined;
      const last = this.#classes[lower].pop();
      if (last !== undefined) return last;
    }
    return undefined;
  }

  clear(): One[] {
    return PRIORITIES.flatMap((priority) => this.#classes[priority].splice(0));
  }

  #from(priority: Priority): One[][] {
    return PRIORITIES.slice(0, PRIORITIES.indexOf(priority) + 1).map((one) => this.#classes[one]);
  }
}
