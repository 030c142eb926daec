import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Attempts } from '../../../server/auth/attempts.ts';

/** A bucket that leaks one failure an interval, as one would draw it. */
class Bucket {
  level = 0;
  atMs = 0;
  drainTo(nowMs: number, intervalMs: number): void {
    this.level = Math.max(0, this.level - (nowMs - this.atMs) / intervalMs);
    this.atMs = nowMs;
  }
}

it('lets through what a leaky bucket lets through', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom(1, 6, 10, 60, 600),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 120_000 }), fc.boolean()), { maxLength: 200 }),
      (burst, perMinute, steps) => {
        const attempts = new Attempts({ burst, perMinute, namesMax: 10 });
        const intervalMs = 60_000 / perMinute;
        const bucket = new Bucket();
        let nowMs = 0;
        for (const [pauseMs, heavy] of steps) {
          nowMs += heavy ? 0 : pauseMs;
          bucket.drainTo(nowMs, intervalMs);
          const fits = bucket.level + 1 <= burst + 1e-9;
          const waitMs = attempts.waitMs('a', nowMs);
          expect(waitMs < 1e-6).toBe(fits);
          if (!fits) expect(waitMs).toBeCloseTo((bucket.level + 1 - burst) * intervalMs, 3);
          if (!fits) continue;
          bucket.level += 1;
          attempts.fail('a', nowMs);
        }
      },
    ),
  );
});

it('remembers a bounded number of names, and forgets the one that failed longest ago', () => {
  const attempts = new Attempts({ burst: 1, perMinute: 1, namesMax: 1000 });
  for (let n = 0; n < 100_000; n++) attempts.fail(`name ${n}`, 0);
  expect(attempts.names).toBe(1000);
  expect(attempts.waitMs('name 98999', 0)).toBe(0);
  expect(attempts.waitMs('name 99000', 0)).toBe(60_000);
});

it('nobody waits longer than five minutes', () => {
  const attempts = new Attempts({ burst: 10, perMinute: 10, namesMax: 10 });
  for (let n = 0; n < 10_000; n++) attempts.fail('a', 0, 5);
  expect(attempts.waitMs('a', 0)).toBe(300_000);
});
