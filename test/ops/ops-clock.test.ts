import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OpsClock } from '../../ops/ops-clock.ts';

it('never goes back, whatever is done to the wall clock, and keeps pace with it otherwise', () => {
  const step = fc.record({
    passMs: fc.integer({ min: 0, max: 5000 }),
    jumpMs: fc.constantFrom(0, 0, 0, 3_600_000, -3_600_000, 900, -900),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      let nowUs = 0;
      let wallMs = 1.8e12;
      const clock = new OpsClock({ nowUs: () => nowUs, wallMs: () => wallMs });
      let last = clock.timeMs();
      for (const { passMs, jumpMs } of steps) {
        nowUs += passMs * 1000;
        wallMs += passMs + jumpMs;
        const time = clock.timeMs();
        expect(time).toBeGreaterThanOrEqual(last + passMs - 1);
        expect(time).toBeGreaterThanOrEqual(wallMs - 2001);
        last = time;
      }
    }),
  );
});

it('tells how often the wall was set forward', () => {
  let wallMs = 0;
  const clock = new OpsClock({ nowUs: () => 0, wallMs: () => wallMs });
  wallMs = 3_600_000;
  expect([clock.timeMs(), clock.jumps]).toEqual([3_600_000, 1]);
  wallMs = 0;
  expect([clock.timeMs(), clock.jumps]).toEqual([3_600_000, 1]);
});
