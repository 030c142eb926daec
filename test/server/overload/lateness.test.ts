import { expect, it } from 'vitest';
import { Lateness, STEP_MS } from '../../../server/overload/lateness.ts';

/** Whether it is late after steps that came so long after those before them. */
const after = (...gapsMs: number[]): boolean => {
  const lateness = new Lateness(0);
  let nowMs = 0;
  let late = false;
  for (const gapMs of gapsMs) {
    nowMs += gapMs;
    late = lateness.step(nowMs);
  }
  return late;
};

it('one long pause is none, several in a row are, and one step in time ends it', () => {
  const late = STEP_MS + 150;
  expect(after(3000)).toBe(false);
  expect(after(...Array(4).fill(late))).toBe(false);
  expect(after(...Array(5).fill(late))).toBe(true);
  expect(after(...Array(4).fill(late), STEP_MS, late)).toBe(false);
  expect(after(...Array(9).fill(late), STEP_MS)).toBe(false);
  expect(after(...Array(50).fill(STEP_MS + 50))).toBe(false);
});
