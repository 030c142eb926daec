import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBad, isValid, type Outcome } from '../../../ops/sample.ts';
import {
  budgetShare,
  type Objective,
  Objectives,
  presetObjectives,
  sloSchema,
  tiersOf,
} from '../../../ops/slo/index.ts';
import type { ObjectiveStatus } from '../../../ops/snapshot.ts';
import { runs } from '../../support/runs.ts';
import { intervalOf, type Requests, ringsOf } from './traffic.ts';

const SLOT_MS = 10_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A day's start, and a whole number of slots. */
const START_MS = Date.UTC(2026, 0, 5);

const settings = sloSchema.parse({});
const tiers = tiersOf(settings);

/** What the requests are to an objective, said as plainly as can be. */
function countOf({ indicator, endpoints }: Objective, { endpoint, outcome, ms, count }: Requests) {
  if (!endpoints.includes(endpoint)) return { bad: 0, total: 0 };
  if (indicator.kind === 'availability')
    return { bad: isBad(outcome) ? count : 0, total: isValid(outcome) ? count : 0 };
  if (outcome !== 'answered') return { bad: 0, total: 0 };
  return { bad: ms > indicator.thresholdMs ? count : 0, total: count };
}

interface Known extends Requests {
  /** When it counts: later than it was, where only a minute or an hour remembers it. */
  readonly atMs: number;
}

function sumOver(objective: Objective, known: readonly Known[], fromMs: number, toMs: number) {
  const sum = { bad: 0, total: 0 };
  for (const one of known) {
    if (one.atMs < fromMs || one.atMs >= toMs) continue;
    const { bad, total } = countOf(objective, one);
    sum.bad += bad;
    sum.total += total;
  }
  return sum;
}

/** The whole status from every request there ever was. */
function reference(objectives: readonly Objective[], known: readonly Known[], nowMs: number): ObjectiveStatus[] {
  const endMs = Math.floor(nowMs / SLOT_MS) * SLOT_MS;
  return objectives.map((objective) => {
    const { name, indicator, endpoints, targetPercent, windowDays } = objective;
    const share = budgetShare(targetPercent);
    const hourNow = Math.floor((endMs - SLOT_MS) / HOUR_MS) * HOUR_MS;
    const { bad, total } = sumOver(objective, known, hourNow - windowDays * DAY_MS, endMs);
    return {
      name,
      indicator: indicator.kind,
      thresholdMs: indicator.kind === 'latency' ? indicator.thresholdMs : null,
      endpoints,
      targetPercent,
      windowDays,
      good: total - bad,
      total,
      attainedPercent: total === 0 ? null : (100 * (total - bad)) / total,
      budgetLeftPercent: total === 0 ? 100 : 100 * (1 - bad / total / share),
      burns: tiers.map(({ severity, longS, shortS, burnMax, badEventsMin }) => {
        const long = sumOver(objective, known, endMs - longS * 1000, endMs);
        const short = sumOver(objective, known, endMs - shortS * 1000, endMs);
        const burn = (sum: typeof long): number | null => (sum.total === 0 ? null : sum.bad / sum.total / share);
        const [burnLong, burnShort] = [burn(long), burn(short)];
        const fast = burnLong !== null && burnShort !== null && burnLong > burnMax && burnShort > burnMax;
        return { severity, longS, shortS, burnMax, burnLong, burnShort, firing: fast && long.bad >= badEventsMin };
      }),
    };
  });
}

const floorTo = (ms: number, unit: number): number => Math.floor(ms / unit) * unit;

/** What a restart leaves of the requests: those that only a minute or an hour remembers stand at its end. */
function remembered(all: readonly Requests[], nowMs: number, tensMs: number, minutesMs: number): Known[] {
  const last = floorTo(nowMs, SLOT_MS) - SLOT_MS;
  const at = (timeMs: number): number => {
    if (floorTo(timeMs, SLOT_MS) >= nowMs - tensMs) return timeMs;
    const unit = floorTo(timeMs, 60_000) >= nowMs - minutesMs ? 60_000 : HOUR_MS;
    return Math.min(floorTo(timeMs, unit) + unit - SLOT_MS, last);
  };
  return all.map((one) => ({ ...one, atMs: at(one.timeMs) }));
}

const outcome = fc.constantFrom<Outcome>('answered', 'invalid', 'limited', 'shed', 'deadline', 'failed', 'aborted');
const burst = fc.record({
  endpoint: fc.constantFrom('/search', '/search/batch#query', '/search/batch', '/stats/slo'),
  outcome,
  ms: fc.constantFrom(1, 300, 799, 802, 1500, 1998, 2003, 9000),
  count: fc.integer({ min: 1, max: 200 }),
});
const step = fc.record({
  /** Slots without a request before it. */
  gap: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 40 }) },
    { weight: 3, arbitrary: fc.integer({ min: 40, max: 3000 }) },
    { weight: 2, arbitrary: fc.integer({ min: 3000, max: 30_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 100_000, max: 300_000 }) },
    // About where a window, or the hour before the longest one, ends.
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom(30, 180, 360, 720, 2160, 8640, 25_920), fc.integer({ min: -40, max: 2 }))
        .map(([slots, off]) => Math.max(0, slots + off)),
    },
  ),
  bursts: fc.array(burst, { maxLength: 4 }),
  restart: fc.option(
    fc.record({
      tensMs: fc.integer({ min: 0, max: 4 * DAY_MS }),
      minutesMs: fc.integer({ min: 0, max: 8 * DAY_MS }),
    }),
    { nil: null, freq: 4 },
  ),
});

describe('Objectives', () => {
  it('say what a sum over every request says, through gaps, restarts and coarser records', () => {
    const objectives: Objective[] = [
      ...presetObjectives(settings),
      { name: 'day', indicator: { kind: 'availability' }, endpoints: ['/search'], targetPercent: 90, windowDays: 1 },
    ];
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        let judged = new Objectives(objectives, tiers);
        let known: Known[] = [];
        let startMs = START_MS;
        for (const { gap, bursts, restart } of steps) {
          startMs += (gap + 1) * SLOT_MS;
          const requests = bursts.map((one, at) => ({ ...one, timeMs: startMs + at }));
          judged.observe(intervalOf(requests, startMs, SLOT_MS));
          known.push(...requests.map((one) => ({ ...one, atMs: one.timeMs })));
          const nowMs = startMs + SLOT_MS + 1234;
          if (restart !== null) {
            const { tensMs, minutesMs } = restart;
            judged = new Objectives(objectives, tiers);
            const retentionMs = { 1: 0, 10: tensMs, 60: minutesMs, 3600: 400 * DAY_MS };
            judged.seed(ringsOf(known, nowMs, retentionMs), nowMs);
            known = remembered(known, nowMs, tensMs, minutesMs);
          }
          expect(judged.status(nowMs)).toEqual(reference(objectives, known, nowMs));
          expect(judged.status(nowMs + 3 * 60_000)).toEqual(reference(objectives, known, nowMs + 3 * 60_000));
          startMs += 18 * SLOT_MS;
        }
      }),
      runs(20),
    );
  });

  const failing = (startMs: number, bad: number, good: number) =>
    intervalOf(
      [
        { timeMs: startMs, endpoint: '/search', outcome: 'failed', ms: 1, count: bad },
        { timeMs: startMs, endpoint: '/search', outcome: 'answered', ms: 1, count: good },
      ].filter(({ count }) => count > 0) as Requests[],
      startMs,
      SLOT_MS,
    );
  const availability = (judged: Objectives, nowMs: number): ObjectiveStatus => judged.status(nowMs)[0]!;
  const firing = (judged: Objectives, nowMs: number): string[] =>
    availability(judged, nowMs)
      .burns.filter((burn) => burn.firing)
      .map(({ severity }) => severity);
  const judge = (): Objectives => new Objectives(presetObjectives(settings), tiers);

  it('without a single event owe nothing and fire nothing', () => {
    const status = availability(judge(), START_MS);
    expect(status).toMatchObject({ good: 0, total: 0, attainedPercent: null, budgetLeftPercent: 100 });
    expect(status.burns.map(({ burnLong, burnShort }) => [burnLong, burnShort])).toEqual(Array(4).fill([null, null]));
  });

  it('spend no budget on what the caller did: 4xx, 429 and hanging up', () => {
    const judged = judge();
    judged.observe(
      intervalOf(
        (['invalid', 'limited', 'aborted'] as const).map((one) => ({
          timeMs: START_MS,
          endpoint: '/search',
          outcome: one,
          ms: 5000,
          count: 1000,
        })),
        START_MS,
        SLOT_MS,
      ),
    );
    for (const status of judged.status(START_MS + SLOT_MS)) expect(status).toMatchObject({ total: 0, good: 0 });
  });

  it('wake nobody over fewer bad events than the minimum, however large their share', () => {
    const judged = judge();
    judged.observe(failing(START_MS, 9, 0));
    expect(availability(judged, START_MS + SLOT_MS).burns[0]!.burnLong).toBeCloseTo(200);
    expect(firing(judged, START_MS + SLOT_MS)).toEqual([]);
    judged.observe(failing(START_MS + SLOT_MS, 1, 0));
    expect(firing(judged, START_MS + 2 * SLOT_MS)).toEqual(['critical', 'high', 'medium', 'low']);
  });

  it('do not fire at the rate itself, only above it', () => {
    const judged = judge();
    judged.observe(failing(START_MS, 15, 985));
    expect(availability(judged, START_MS + SLOT_MS).burns[2]!.burnLong).toBe(3);
    expect(firing(judged, START_MS + SLOT_MS)).not.toContain('medium');
    judged.observe(failing(START_MS + SLOT_MS, 1, 0));
    expect(firing(judged, START_MS + 2 * SLOT_MS)).toContain('medium');
  });

  it('stop firing when the shorter window is clean again, while the longer one still remembers', () => {
    const judged = judge();
    for (let slot = 0; slot < 30; slot++) judged.observe(failing(START_MS + slot * SLOT_MS, 50, 50));
    const calm = START_MS + 30 * SLOT_MS;
    expect(firing(judged, calm)).toContain('critical');
    for (let slot = 30; slot < 61; slot++) judged.observe(failing(START_MS + slot * SLOT_MS, 0, 100));
    const later = START_MS + 61 * SLOT_MS;
    expect(availability(judged, later).burns[0]!.burnLong).toBeGreaterThan(14.4);
    expect(firing(judged, later)).not.toContain('critical');
  });

  it.each(tiers.flatMap(({ longS, shortS }) => [longS, shortS]))(
    'taken up from a record count the first slot of a window of %s s, and not the one before',
    (windowS) => {
      const nowMs = START_MS + 40 * HOUR_MS;
      const retentionMs = { 1: 0, 10: 4 * DAY_MS, 60: 4 * DAY_MS, 3600: 400 * DAY_MS };
      const burnOver = (timeMs: number): (number | null)[] => {
        const judged = judge();
        const one = { timeMs, endpoint: '/search', outcome: 'failed', ms: 1, count: 1 } as const;
        judged.seed(ringsOf([one], nowMs, retentionMs), nowMs);
        return availability(judged, nowMs).burns.flatMap((burn) => [
          ...(burn.longS === windowS ? [burn.burnLong] : []),
          ...(burn.shortS === windowS ? [burn.burnShort] : []),
        ]);
      };
      expect(new Set(burnOver(nowMs - windowS * 1000))).toEqual(new Set([200]));
      expect(new Set(burnOver(nowMs - windowS * 1000 - 1))).toEqual(new Set([null]));
    },
  );

  it('go on where they were when the clock is set back, and count nothing twice or never', () => {
    const judged = judge();
    judged.observe(failing(START_MS, 20, 0));
    const before = START_MS - HOUR_MS;
    judged.observe(failing(before, 20, 0));
    judged.observe(failing(before + SLOT_MS, 20, 0));
    const status = availability(judged, before + 2 * SLOT_MS);
    expect(status.total).toBe(60);
    expect(status.burns[0]).toMatchObject({ firing: true });
    // Five minutes later by the corrected clock, the short window is empty.
    expect(availability(judged, before + 2 * SLOT_MS + 300_000).burns[0]!.burnShort).toBeNull();
  });

  it('count an interval that comes a little late in its own place', () => {
    const judged = judge();
    judged.observe(failing(START_MS, 20, 0));
    expect(availability(judged, START_MS + 3 * SLOT_MS).total).toBe(20);
    judged.observe(failing(START_MS + SLOT_MS, 20, 0));
    expect(availability(judged, START_MS + 3 * SLOT_MS).total).toBe(40);
    expect(availability(judged, START_MS + 300_000).burns[0]!.burnShort).toBeCloseTo(200);
    expect(availability(judged, START_MS + SLOT_MS + 300_000).burns[0]!.burnShort).toBeCloseTo(200);
    expect(availability(judged, START_MS + 2 * SLOT_MS + 300_000).burns[0]!.burnShort).toBeNull();
  });
});
