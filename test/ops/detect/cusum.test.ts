import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CusumState, cusum, evidenceNeeded, QUIET } from '../../../ops/detect/cusum.ts';
import { detectSchema } from '../../../ops/detect/settings.ts';
import type { Observation } from '../../../ops/observation.ts';
import { seconds } from './observations.ts';

const TARGET = 0.995;
const settings = detectSchema.parse({}).errors;
const [second] = seconds(1) as Iterable<Observation>;
const step = (state: CusumState, all: number, bad: number, elapsedS = 1): CusumState =>
  cusum(state, { all, bad }, { ...second!, elapsedS }, TARGET, settings);
const run = (events: readonly (readonly [all: number, bad: number])[]): CusumState[] => {
  const states: CusumState[] = [];
  for (const [all, bad] of events) states.push(step(states.at(-1) ?? QUIET, all, bad));
  return states;
};

/** The formula as it is printed, for one sum. */
function reference(events: readonly (readonly [number, number])[], multiple: number, cap: number): number[] {
  const p0 = 1 - TARGET;
  const p1 = multiple * p0;
  const h = settings.evidenceDecades * Math.log(10);
  let sum = 0;
  return events.map(([all, bad]) => {
    const gain = bad * Math.log(p1 / p0) + (all - bad) * Math.log((1 - p1) / (1 - p0));
    sum = Math.max(0, Math.min(sum + Math.min(cap, gain), 2 * h));
    return sum;
  });
}

const traffic = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 200 }), fc.double({ min: 0, max: 1, noNaN: true })).map(([all, share]) => {
    const bad = Math.floor(all * share ** 4);
    return [all, bad] as const;
  }),
  { minLength: 1, maxLength: 200 },
);

describe('the capped sums', () => {
  test('are the printed formula, second by second, and fire and stop where it says', () => {
    fc.assert(
      fc.property(traffic, (events) => {
        const fast = reference(events, settings.fastMultiple, settings.fastCapPerS);
        const slow = reference(events, settings.slowMultiple, settings.slowCapPerS);
        let fastFires = false;
        let badEvents = 0;
        for (const [at, state] of run(events).entries()) {
          expect(state.fast).toBeCloseTo(fast[at]!, 8);
          expect(state.slow).toBeCloseTo(slow[at]!, 8);
          badEvents = fast[at]! > 0 || slow[at]! > 0 ? badEvents + events[at]![1] : 0;
          const over = fast[at]! > evidenceNeeded(settings) && badEvents >= settings.badEventsMin;
          fastFires = fastFires ? fast[at]! > 0 : over;
          expect(state.fastFiring).toBe(fastFires);
        }
      }),
    );
  });

  test('need several bad seconds, however bad they are and however many events they hold', () => {
    const needed = Math.ceil(evidenceNeeded(settings) / settings.fastCapPerS);
    expect(needed).toBe(6);
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 1_000_000 }), (all) => {
        const states = run(Array.from({ length: needed }, () => [all, all]));
        expect(states.map(({ fastFiring, slowFiring }) => fastFiring || slowFiring)).toEqual(
          states.map((_, at) => at === needed - 1),
        );
      }),
    );
  });

  test('take a step of many seconds for one: a stopped process is no outage', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 3600, noNaN: true }),
        fc.integer({ min: 20, max: 100_000 }),
        (elapsedS, all) => {
          const state = step(QUIET, all, all, elapsedS);
          expect(state.fast).toBeLessThanOrEqual(settings.fastCapPerS);
          expect(state.slow).toBeLessThanOrEqual(settings.slowCapPerS);
        },
      ),
    );
  });

  test('forget within half an hour without traffic, so that a failure a night never adds up', () => {
    let state = QUIET;
    for (let night = 0; night < 100; night++) {
      state = step(state, 1, 1);
      expect(state.fastFiring || state.slowFiring).toBe(false);
      state = step(state, 0, 0, 8 * 3600);
      expect(state).toEqual(QUIET);
    }
  });

  test('do not fire on fewer bad events than the least number, even where each proves much', () => {
    const eager = { ...settings, evidenceDecades: 1, badEventsMin: 10 };
    let state = QUIET;
    for (let bad = 1; bad <= 10; bad++) {
      state = cusum(state, { all: 1, bad: 1 }, second!, TARGET, eager);
      expect(state.fastFiring || state.slowFiring).toBe(bad === 10);
    }
  });

  test('stay finite for objectives of 0 % and 100 %', () => {
    for (const target of [0, 0.3, 1]) {
      let state = QUIET;
      for (let at = 0; at < 50; at++)
        state = cusum(state, { all: 100, bad: at % 3 ? 100 : 0 }, second!, target, settings);
      expect(Number.isFinite(state.fast) && Number.isFinite(state.slow)).toBe(true);
    }
  });

  test('change nothing that they were given', () => {
    const before = Object.freeze(run([[50, 20]]).at(-1)!);
    expect(step(before, 50, 20)).toEqual(step(before, 50, 20));
  });
});
