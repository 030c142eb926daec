/** Whose turn is it? The most urgent first; among equals who came first. */
import { PRIORITIES, type Priority } from './priority.ts';

export interface Waiter {
  readonly priority: Priority;
  /** Those of one kind take about the same time. */
  readonly kind: string;
}

interface Class<One> {
  readonly ones: One[];
  readonly kinds: Map<string, number>;
}

const emptyClass = <One>(): Class<One> => ({ ones: [], kinds: new Map() });

export class WaitingLine<One extends Waiter> {
  readonly #classes: Readonly<Record<Priority, Class<One>>> = {
    high: emptyClass(),
    normal: emptyClass(),
    low: emptyClass(),
  };

  get length(): number {
    return this.countFrom('low');
  }

  /** Those of that class and of more urgent ones. */
  countFrom(priority: Priority): number {
    let count = 0;
    for (const { ones } of this.#from(priority)) count += ones.length;
    return count;
  }

  /** Expected time of those that go before a new one, milliseconds. @param workMs of one query */
  workMsBefore(priority: Priority, workMs: (kind: string, priority: Priority) => number): number {
    let sumMs = 0;
    for (const other of PRIORITIES) {
      for (const [kind, count] of this.#classes[other].kinds) sumMs += count * workMs(kind, other);
      if (other === priority) break;
    }
    return sumMs;
  }

  push(one: One): void {
    this.#classes[one.priority].ones.push(one);
    this.#count(one, 1);
  }

  /** Before all others of their classes, in their order. */
  pushFirst(ones: readonly One[]): void {
    for (const one of ones.toReversed()) {
      this.#classes[one.priority].ones.unshift(one);
      this.#count(one, 1);
    }
  }

  next(): One | undefined {
    for (const priority of PRIORITIES) {
      const { ones } = this.#classes[priority];
      if (ones.length > 0) return ones[0];
    }
    return undefined;
  }

  /** Whether it was there. */
  remove(one: One): boolean {
    const { ones } = this.#classes[one.priority];
    // The ends are where it is looked for most.
    const at = ones[0] === one ? 0 : ones.lastIndexOf(one);
    if (at < 0) return false;
    ones.splice(at, 1);
    this.#count(one, -1);
    return true;
  }

  /** Takes away the last to have come of the least urgent below a class. */
  removeBelow(priority: Priority): One | undefined {
    for (const lower of PRIORITIES.toReversed()) {
      if (lower === priority) return undefined;
      const last = this.#classes[lower].ones.pop();
      if (last === undefined) continue;
      this.#count(last, -1);
      return last;
    }
    return undefined;
  }

  clear(): One[] {
    return PRIORITIES.flatMap((priority) => {
      this.#classes[priority].kinds.clear();
      return this.#classes[priority].ones.splice(0);
    });
  }

  #count({ priority, kind }: One, change: 1 | -1): void {
    const { kinds } = this.#classes[priority];
    const count = (kinds.get(kind) ?? 0) + change;
    if (count === 0) kinds.delete(kind);
    else kinds.set(kind, count);
  }

  *#from(priority: Priority): Generator<Class<One>> {
    for (const other of PRIORITIES) {
      yield this.#classes[other];
      if (other === priority) return;
    }
  }
}
