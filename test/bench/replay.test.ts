import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Baselines } from '../../bench/replay/baselines.ts';
import { DECOYS, type DecoyName } from '../../bench/replay/decoys.ts';
import { FAULTS, type FaultKind, type FaultName } from '../../bench/replay/faults.ts';
import { type Plan, type Planned, planOf } from '../../bench/replay/plan.ts';
import { Random } from '../../bench/replay/random.ts';
import { lifeOf, replay } from '../../bench/replay/replay.ts';
import { jsonOf, reportOf } from '../../bench/replay/report.ts';
import { HOLD_OUT, TUNING_SEEDS } from '../../bench/replay/seeds.ts';
import { Site } from '../../bench/replay/site.ts';
import { createDetectors, detectSchema } from '../../ops/detect/index.ts';
import { seconds } from '../ops/detect/observations.ts';
import { runs } from '../support/runs.ts';

const settings = detectSchema.parse({});
const OBJECTIVES = { availabilityTarget: 0.995, latencyTarget: 0.95 };
const SEED = TUNING_SEEDS[0]!;

describe('the plan', () => {
  test('keeps faults an hour apart and out of nights, names every fault, and is the same for the same seed', () => {
    const plan = planOf(20, SEED);
    expect(planOf(20, SEED)).toEqual(plan);
    expect(planOf(20, SEED + 1)).not.toEqual(plan);
    expect(new Set(plan.faults.map(({ name }) => name))).toEqual(new Set(Object.keys(FAULTS)));
    const nights = plan.decoys.filter(({ name }) => name === 'night without traffic');
    expect(nights.length).toBeGreaterThan(0);
    for (const [at, fault] of plan.faults.entries()) {
      expect(fault.endS - fault.startS).toBe(FAULTS[fault.name].lengthS);
      expect(fault.startS - (plan.faults[at - 1]?.endS ?? 0)).toBeGreaterThanOrEqual(3600);
      for (const night of nights) expect(fault.startS >= night.endS || fault.endS <= night.startS).toBe(true);
    }
  });

  test('draws each decoy about as often as it says', () => {
    const days = 200;
    const { decoys } = planOf(days, SEED);
    for (const [name, { perDay }] of Object.entries(DECOYS)) {
      const count = decoys.filter((decoy) => decoy.name === name).length;
      const expected = perDay * days;
      expect(Math.abs(count - expected), name).toBeLessThan(5 * Math.sqrt(expected) + 0.12 * expected);
    }
  });

  test('seeds of tuning and of the report have nothing in common', () => {
    const reported = HOLD_OUT.flatMap(({ seeds }) => seeds);
    expect(new Set(reported).size).toBe(reported.length);
    for (const seed of TUNING_SEEDS) expect(reported).not.toContain(seed);
  });
});

/** What fires, and when first, in seconds after a quiet time, while one thing happens. */
function firedBy(perS: number, what: Partial<Pick<Plan, 'faults' | 'decoys'>>, lengthS: number): Map<string, number> {
  const plan: Plan = { lengthS: QUIET_S + lengthS, faults: [], decoys: [], ...what };
  const detectors = createDetectors(settings, OBJECTIVES);
  const fired = new Map<string, number>();
  for (const { second, observation } of lifeOf(plan, new Site(perS, new Random(SEED)))) {
    for (const [at, firing] of detectors.advance(observation).entries()) {
      const { detector } = detectors.watched[at]!;
      if (firing && !fired.has(detector)) fired.set(detector, second + 1 - QUIET_S);
    }
  }
  return fired;
}

const QUIET_S = 5 * 3600;
const event = <Name>(name: Name, startS: number, lengthS: number): Planned<Name> => ({
  name,
  startS: QUIET_S + startS,
  endS: QUIET_S + startS + lengthS,
  strength: 0.8,
});

describe('one thing at a time', () => {
  test.each(Object.keys(DECOYS) as DecoyName[])('decoy, again and again: %s', (name) => {
    const lengthS = DECOYS[name].lengthS(new Random(SEED));
    const everyS = Math.max(600, lengthS + 60);
    const times = Math.max(1, Math.min(20, Math.floor(14_400 / everyS)));
    const decoys = Array.from({ length: times }, (_, at) => event(name, at * everyS, lengthS));
    for (const perS of [50, 5]) expect([...firedBy(perS, { decoys }, times * everyS + 600)], `${perS}/s`).toEqual([]);
  });

  /** Seconds within which each is noticed at 50 searches a second by day. */
  const BARS_S: Record<FaultName, number> = {
    'errors 100 %': 6,
    'errors 20 %': 10,
    'errors 5 %': 40,
    'errors 2 %': 200,
    'errors 1 %': 1200,
    'latency x2': 600,
    'latency x5': 10,
    'latency tail': 40,
    'queue of 2 s': 10,
    'processor full': 60,
    'traffic gone': 15,
    'memory jump to 88 %': 10,
    'memory leak': 900,
    'garbage storm': 10,
    'cache errors': 10,
    'hit rate collapse': 80,
    'flood from one': 10,
    'flood from many': 10,
    'model throws': 5,
    'model missing': 5,
    'index empty': 15,
  };
  test.each(Object.keys(FAULTS) as FaultName[])('fault: %s', (name) => {
    const { expects, tolerates, lengthS }: FaultKind = FAULTS[name];
    const fired = firedBy(50, { faults: [event(name, 0, lengthS)] }, lengthS);
    const first = Math.min(...expects.map((detector) => fired.get(detector) ?? Number.POSITIVE_INFINITY));
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(BARS_S[name]);
    for (const detector of fired.keys()) expect([...expects, ...tolerates]).toContain(detector);
  });
});

describe('the rules beside ours', () => {
  test('are what adding up every window says', () => {
    const counts = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true })), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 400 }), (blocks, blockS) => {
        const all: number[] = [];
        const bad: number[] = [];
        const baselines = new Baselines(0.995, 0.95);
        let polled = false;
        for (const [valid, share] of blocks) {
          for (let at = 0; at < blockS; at++) {
            all.push(valid);
            bad.push(Math.floor(valid * share ** 3));
            const [observation] = seconds(1, () => ({ valid, failed: bad.at(-1)!, answered: 0, slow: 0 }));
            baselines.step(observation!);
            if (all.length % 60 === 0) polled = shareOver(300, all, bad) > 0.9 * 0.005;
            expect(baselines.fiveMinutes[0]).toBe(polled);
          }
          const burns = (longS: number, shortS: number, burn: number): boolean =>
            shareOver(longS, all, bad) > burn * 0.005 && shareOver(shortS, all, bad) > burn * 0.005;
          expect(baselines.pages[0]).toBe(burns(3600, 300, 14.4) || burns(21_600, 1800, 6));
          expect(baselines.pages[1]).toBe(false);
        }
      }),
      runs(8),
    );
  });
});

function shareOver(lastS: number, all: readonly number[], bad: readonly number[]): number {
  const sum = (values: readonly number[]): number => values.slice(-lastS).reduce((total, one) => total + one, 0);
  return sum(all) > 0 ? sum(bad) / sum(all) : 0;
}

describe('a day of it', () => {
  const outcome = replay({ days: 1, perS: 50, seed: SEED }, settings);

  test('is the same day every time', () => {
    expect(replay({ days: 1, perS: 50, seed: SEED }, settings)).toEqual(outcome);
  });

  test('is found by ours and reported with every judge', () => {
    const { faults } = outcome.detectors;
    expect(faults.size).toBeGreaterThan(5);
    for (const [name, { found, count }] of faults) expect(found, name).toBe(count);
    const rate = { perS: 50, days: 1, ...outcome };
    const report = reportOf([rate], 1);
    for (const name of [...faults.keys(), 'the original 5-minute rule', 'SRE Workbook pages', 'at most, 95 %'])
      expect(report).toContain(name);
    expect(JSON.parse(JSON.stringify(jsonOf([rate])))).toEqual(jsonOf([rate]));
  });
});
