import { describe, expect, test } from 'vitest';
import { createDetectors, detectSchema } from '../../../ops/detect/index.ts';
import type { Severity } from '../../../ops/incident-type.ts';
import type { Observation } from '../../../ops/observation.ts';
import type { Verdict } from '../../../ops/verdict.ts';
import { type Bend, seconds } from './observations.ts';

const OBJECTIVES = { availabilityTarget: 0.995, latencyTarget: 0.95 };
const MEMORY_BYTES_MAX = 2 ** 31;
/** Long enough for every history to be known. */
const LEARNING_S = 4000;

interface Life {
  /** Seconds after the learning at which each detector first fired. */
  readonly firedS: Record<string, number>;
  readonly last: Record<string, Verdict>;
  readonly worst: Record<string, Severity>;
}

const ORDER: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

function live(lengthS: number, bend: Bend, learning: Bend = () => ({})): Life {
  const detectors = createDetectors(detectSchema.parse({}), OBJECTIVES);
  for (const observation of seconds(LEARNING_S, learning))
    if (detectors.advance(observation).includes(true))
      throw new Error(`Fired while learning, at ${observation.nowS} s`);
  const life: Life = { firedS: {}, last: {}, worst: {} };
  let second = 0;
  for (const observation of seconds(lengthS, bend, LEARNING_S)) {
    second += 1;
    // Sentences are made only where somebody may read them.
    if (!detectors.advance(observation).includes(true) && second < lengthS) continue;
    for (const verdict of detectors.verdicts()) {
      const { detector, severity } = verdict;
      life.last[detector] = verdict;
      if (severity === null) continue;
      life.firedS[detector] ??= second;
      const before = life.worst[detector];
      if (before === undefined || ORDER.indexOf(severity) < ORDER.indexOf(before)) life.worst[detector] = severity;
    }
  }
  return life;
}

const failing = (share: number): Partial<Observation> => ({ failed: 50 * share, answered: 50 * (1 - share) });
/** Whole failures that make up a small share over time. */
const failingSometimes =
  (share: number): Bend =>
  (at) => {
    const failed = Math.floor((at + 1) * 50 * share) - Math.floor(at * 50 * share);
    return { failed, answered: 50 - failed };
  };
const memory = (share: number): Partial<Observation> => ({ residentBytes: share * MEMORY_BYTES_MAX });

describe('faults are noticed in time, and by nothing else', () => {
  const faults: readonly [name: string, detector: string, withinS: number, worst: Severity, bend: Bend][] = [
    ['an outage', 'errors', 6, 'critical', () => failing(1)],
    ['20 % errors', 'errors', 10, 'critical', () => failing(0.2)],
    ['4 % errors', 'errors', 20, 'high', () => failing(0.04)],
    ['2 % errors', 'errors', 60, 'high', () => failing(0.02)],
    ['0.9 % errors', 'errors', 360, 'medium', failingSometimes(0.009)],
    ['all answers late', 'slowness', 6, 'critical', () => ({ slow: 50 })],
    ['30 % of answers late', 'slowness', 10, 'high', () => ({ slow: 15 })],
    ['20 % of answers late', 'slowness', 15, 'medium', () => ({ slow: 10 })],
    ['traffic that stops', 'absence', 12, 'high', () => nothing],
    ['memory at 85 %', 'memory', 10, 'high', () => memory(0.85)],
    ['memory at 96 %', 'memory', 10, 'critical', () => memory(0.96)],
    ['blocks of 400 ms each second', 'loop', 10, 'medium', () => ({ loopDelayMsMax: 400 })],
    ['half of the time spent on garbage', 'loop', 10, 'high', () => ({ gcShare: 0.5 })],
    ['a processor that is full', 'cpu', 60, 'medium', () => ({ cpuShare: 0.97 })],
    ['waits of 3 s', 'queue', 10, 'high', () => ({ queueMsP95: 3000 })],
    ['reranking left out', 'brownout', 12, 'medium', () => ({ rungNo: 2 })],
    ['nothing but what is in a cache', 'brownout', 12, 'high', () => ({ rungNo: 5 })],
    ['a cache that fails', 'cache', 5, 'high', () => ({ cacheErrors: 25 })],
    ['a cache that no longer finds', 'cache', 75, 'medium', () => ({ cacheHits: 2, modelAsked: 48 })],
    ['models that throw', 'models', 5, 'high', () => ({ modelFailed: 25 })],
    ['models that throw now and then', 'models', 20, 'medium', () => ({ modelFailed: 7 })],
    ['a model that is missing', 'models', 5, 'high', () => ({ modelsUnavailable: 1 })],
    ['an index that finds nothing', 'emptiness', 15, 'critical', () => ({ empty: 50 })],
    ['an index that lost half', 'emptiness', 20, 'high', () => ({ empty: 27 })],
    ['one client beyond its limit', 'flood', 10, 'high', () => flooded],
    ['a surge with some refused', 'flood', 10, 'medium', () => ({ ...times(6), limited: 30 })],
    ['a surge from one client', 'flood', 10, 'medium', () => ({ ...times(6), talkers: talker(10_000) })],
  ];
  test.each(faults)('%s: %s within %i s', (_name, detector, withinS, worst, bend) => {
    const life = live(360, bend);
    expect(Object.keys(life.firedS)).toEqual([detector]);
    expect(life.firedS[detector]).toBeLessThanOrEqual(withinS);
    expect(life.worst[detector]).toBe(worst);
  });

  test('and all falls silent when they are over', () => {
    for (const [name, detector, , , bend] of faults) {
      const life = live(1500, (at) => (at < 360 ? bend(at) : {}));
      expect(life.firedS[detector], name).toBeDefined();
      expect(life.last[detector]!.firing, name).toBe(false);
    }
  });
});

const nothing: Partial<Observation> = {
  ...{ requests: 0, valid: 0, answered: 0, cacheLookups: 0, cacheHits: 0, modelAsked: 0, empty: 0 },
};
const talker = (requests: number): Observation['talkers'] => [{ client: '198.51.100.9', requests, errorMax: 5 }];
const flooded: Partial<Observation> = { requests: 350, limited: 300, talkers: talker(6000) };
/** So many times the traffic, all of it answered. */
const times = (multiple: number): Partial<Observation> => ({
  requests: 50 * multiple,
  valid: 50 * multiple,
  answered: 50 * multiple,
  cacheLookups: 50 * multiple,
  cacheHits: 25 * multiple,
  modelAsked: 25 * multiple,
  empty: 2 * multiple,
});

describe('what is no incident stays silent', () => {
  const every = (periodS: number, lengthS: number, bent: Partial<Observation>): Bend => {
    return (at) => (at % periodS < lengthS ? bent : {});
  };
  const decoys: readonly [name: string, bend: Bend][] = [
    ['an ordinary hour', () => ({})],
    ['blips of 4 s in which half of all fails, each five minutes', every(300, 4, failing(0.5))],
    ['blips of 4 s in which half is late', every(60, 4, { slow: 25 })],
    ['a GC pause of 200 ms every second', () => ({ loopDelayMsMax: 200, gcShare: 0.2 })],
    ['pauses of 600 ms now and then', every(10, 1, { loopDelayMsMax: 600 })],
    ['ten times the traffic, all answered', () => ({ ...times(10), talkers: talker(500), cpuShare: 0.7 })],
    ['a flood of wrong requests', () => ({ requests: 250, invalid: 200 })],
    ['one slow query a second', () => ({ slow: 1 })],
    [
      'the process stopped for 3 s',
      every(120, 1, { ...times(4), slow: 120, elapsedS: 4, loopDelayMsMax: 3000, queueMsP95: 3000 }),
    ],
    ['one failure in two hundred requests, as allowed', every(4, 1, { failed: 1, answered: 49 })],
    ['memory that saws between 40 % and 60 %', (at) => memory(0.4 + 0.2 * ((at % 90) / 90))],
    ['memory that moves to another level', () => memory(0.7)],
    ['bursts of processor time', every(60, 30, { cpuShare: 1 })],
    ['fewer pairs for long', () => ({ rungNo: 1 })],
    ['a rung that is left soon', every(30, 5, { rungNo: 4 })],
    ['a wait of 2 s now and then', every(20, 2, { queueMsP95: 2000 })],
    ['a cache that is emptied and fills again', (at) => ({ cacheHits: Math.min(25, Math.floor(at / 2)) })],
    ['a few refusals', () => ({ requests: 54, limited: 4 })],
    ['a model call that fails now and then', every(10, 1, { modelFailed: 3 })],
    ['queries that find nothing, twice as often', () => ({ empty: 4 })],
  ];
  test.each(decoys)('%s', (_name, bend) => {
    expect(live(3600, bend).firedS).toEqual({});
  });

  test('a night: traffic thins out over half an hour, and nothing comes for hours but one request that fails', () => {
    let owed = 0;
    let come = 0;
    const night: Bend = (at) => {
      owed += 50 * Math.max(0, 1 - at / 1800) ** 2;
      const requests = Math.floor(owed);
      owed -= requests;
      const cacheHits = ((come + requests) >> 1) - (come >> 1);
      come += requests;
      if (at === 9000) return { ...nothing, requests: 1, valid: 1, failed: 1 };
      return {
        ...nothing,
        requests,
        valid: requests,
        answered: requests,
        cacheLookups: requests,
        cacheHits,
      };
    };
    expect(live(18_000, night).firedS).toEqual({});
  });

  test('a site whose every request comes from one front end, on a day with four times the visitors', () => {
    const frontEnd: Bend = () => ({ talkers: talker(3000) });
    expect(live(3600, () => ({ ...times(4), talkers: talker(12_000) }), frontEnd).firedS).toEqual({});
  });

  test('a site that nobody uses', () => {
    expect(
      live(
        18_000,
        () => nothing,
        () => nothing,
      ).firedS,
    ).toEqual({});
  });
});

describe('hysteresis', () => {
  test('memory that hovers at its threshold is one alarm, and critical until it is below 92 %', () => {
    const severities: (Severity | null)[] = [];
    const detectors = createDetectors(detectSchema.parse({}), OBJECTIVES);
    const levels = [0.81, 0.79, 0.81, 0.96, 0.93, 0.91, 0.79, 0.78, 0.7];
    for (const observation of seconds(levels.length * 10, (at) => memory(levels[Math.floor(at / 10)]!))) {
      const { severity } = detectors.step(observation).find(({ detector }) => detector === 'memory')!;
      if (severity !== severities.at(-1)) severities.push(severity);
    }
    expect(severities).toEqual([null, 'high', 'critical', 'high', null]);
  });

  test('a hit rate that stays low for an hour is the new usual', () => {
    const life = live(5000, () => ({ cacheHits: 2, modelAsked: 48 }));
    expect(life.firedS['cache']).toBeLessThanOrEqual(75);
    expect(life.last['cache']!.firing).toBe(false);
  });
});
