/** Which backups stay, against the rule said in the plainest way. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Dated, kept, type Policy } from '../../../engine/backup/retention.ts';

const HOUR_MS = 3_600_000;

const backups = fc
  .uniqueArray(fc.record({ hours: fc.integer({ min: 0, max: 24 * 60 }), sound: fc.boolean() }), {
    selector: ({ hours }) => hours,
    maxLength: 40,
  })
  .map((all) =>
    all.map(({ hours, sound }): Dated => {
      const createdAtMs = Date.UTC(2026, 11, 20) + hours * HOUR_MS;
      return { id: new Date(createdAtMs).toISOString(), createdAtMs, sound };
    }),
  );
const policies: fc.Arbitrary<Policy> = fc.record({
  keepLast: fc.integer({ min: 1, max: 5 }),
  keepDaily: fc.integer({ min: 0, max: 9 }),
  keepWeekly: fc.integer({ min: 0, max: 9 }),
});

const dayOf = ({ id }: Dated): string => id.slice(0, 10);

/** The Monday of its week, by the calendar. */
function weekOf({ createdAtMs }: Dated): string {
  const date = new Date(createdAtMs);
  while (date.getUTCDay() !== 1) date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, 10);
}

/** Whether fewer than `most` of the same kind are newer: periods that have any backup, and of its own period no newer one. */
function amongNewest(one: Dated, all: readonly Dated[], period: (backup: Dated) => string, most: number): boolean {
  const newer = all.filter(({ createdAtMs }) => createdAtMs > one.createdAtMs);
  return !newer.map(period).includes(period(one)) && new Set(newer.map(period)).size < most;
}

function stays(one: Dated, all: readonly Dated[], { keepLast, keepDaily, keepWeekly }: Policy): boolean {
  const isLastSound = one.sound && !all.some(({ sound, createdAtMs }) => sound && createdAtMs > one.createdAtMs);
  return (
    isLastSound ||
    amongNewest(one, all, ({ id }) => id, keepLast) ||
    amongNewest(one, all, dayOf, keepDaily) ||
    amongNewest(one, all, weekOf, keepWeekly)
  );
}

describe('retention', () => {
  it('keeps the last so many, the newest of so many days and weeks, and the last sound one, and nothing else', () => {
    fc.assert(
      fc.property(backups, policies, (all, policy) => {
        const due = all.filter((one) => stays(one, all, policy)).map(({ id }) => id);
        expect([...kept(all, policy).keys()].sort()).toEqual(due.sort());
      }),
      { numRuns: 500 },
    );
  });

  it('says why each stays', () => {
    const at = (day: number, sound: boolean): Dated => ({
      id: `d${day}`,
      createdAtMs: Date.UTC(2026, 10, day, 3),
      sound,
    });
    const reasons = kept([at(20, true), at(27, false), at(28, false)], { keepLast: 1, keepDaily: 2, keepWeekly: 2 });
    expect(Object.fromEntries(reasons)).toEqual({
      d28: ['last', 'daily', 'weekly'],
      d27: ['daily'],
      d20: ['weekly', 'last sound'],
    });
  });
});
