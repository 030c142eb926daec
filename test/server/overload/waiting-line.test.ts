import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRIORITIES, type Priority } from '../../../server/overload/index.ts';
import { WaitingLine } from '../../../server/overload/waiting-line.ts';

interface One {
  readonly id: number;
  readonly priority: Priority;
  readonly kind: string;
}

const rank = ({ priority }: One): number => PRIORITIES.indexOf(priority);

/** As long as its name, ten times as long for the urgent. */
const workMs = (kind: string, priority: Priority): number => kind.length * (priority === 'high' ? 10 : 1);
const sumOf = (ones: readonly One[]): number => ones.reduce((sum, one) => sum + workMs(one.kind, one.priority), 0);

/** The obvious line: one list, sorted whenever somebody asks. */
class Reference {
  ones: One[] = [];
  order = 0;
  next(): One | undefined {
    const first = Math.min(...this.ones.map(rank));
    return this.ones.find((one) => rank(one) === first);
  }
  removeBelow(priority: Priority): One | undefined {
    const lower = this.ones.filter((one) => rank(one) > PRIORITIES.indexOf(priority));
    const least = Math.max(...lower.map(rank));
    const last = lower.filter((one) => rank(one) === least).at(-1);
    this.ones = this.ones.filter((one) => one !== last);
    return last;
  }
}

const priority = fc.constantFrom(...PRIORITIES);
const step = fc.oneof(
  fc.record({ do: fc.constant('push' as const), priority, kind: fc.constantFrom('a', 'bb', 'ccc') }),
  fc.record({ do: fc.constant('take' as const) }),
  fc.record({ do: fc.constant('remove' as const), at: fc.nat(9) }),
  fc.record({ do: fc.constant('removeBelow' as const), priority }),
  fc.record({ do: fc.constant('pushFirst' as const), priorities: fc.array(priority, { maxLength: 3 }) }),
);

describe('the line', () => {
  it('is, whatever is done to it, what a sorted list would be', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const line = new WaitingLine<One>();
        const reference = new Reference();
        let serial = 0;
        for (const now of steps) {
          if (now.do === 'push') {
            const one = { id: serial++, priority: now.priority, kind: now.kind };
            line.push(one);
            reference.ones.push(one);
          } else if (now.do === 'pushFirst') {
            const ones = now.priorities.map((priority) => ({ id: serial++, priority, kind: 'a' }));
            line.pushFirst(ones);
            reference.ones.unshift(...ones);
          } else if (now.do === 'take') {
            const next = line.next();
            expect(next).toBe(reference.next());
            if (next !== undefined) expect(line.remove(next)).toBe(true);
            reference.ones = reference.ones.filter((one) => one !== next);
          } else if (now.do === 'remove') {
            const one = reference.ones[now.at] ?? { id: -1, priority: 'low' as const, kind: 'a' };
            expect(line.remove(one)).toBe(reference.ones.includes(one));
            reference.ones = reference.ones.filter((other) => other !== one);
          } else expect(line.removeBelow(now.priority)).toBe(reference.removeBelow(now.priority));

          expect(line.length).toBe(reference.ones.length);
          for (const [at, priority] of PRIORITIES.entries()) {
            const before = reference.ones.filter((one) => rank(one) <= at);
            expect(line.countFrom(priority)).toBe(before.length);
            expect(line.workMsBefore(priority, workMs)).toBe(sumOf(before));
          }
        }
      }),
    );
  });

  it('is emptied in the order of its classes', () => {
    const line = new WaitingLine<One>();
    for (const [id, priority] of (['low', 'high', 'normal', 'high'] as const).entries())
      line.push({ id, priority, kind: 'a' });
    expect(line.clear().map(({ id }) => id)).toEqual([1, 3, 2, 0]);
    expect(line.length).toBe(0);
  });
});
