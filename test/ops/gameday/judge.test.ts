/** What a rehearsal is judged by: everything in its bounds holds, and each thing out of them fails by itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from '../../../ops/gameday/judge.ts';
import type { Expected, Scenario } from '../../../ops/gameday/scenario.ts';
import { DECOYS, SCENARIOS } from '../../../ops/gameday/scenarios.ts';
import { type Seen, type SeenIncident, steadyFrom } from '../../../ops/gameday/seen.ts';
import { INCIDENT_TYPES } from '../../../ops/index.ts';

const ONSET_MS = 1_000_000;
const at = (seconds: number): number => ONSET_MS + seconds * 1000;
const second = (atS: number, p95Ms: number | null, failed = 0) => ({
  ...{ atMs: at(atS), answered: p95Ms === null ? 0 : 10, failed, p95Ms },
  ...{ degraded: 0, limited: 0, invalid: 0 },
});
const EXPECTED: Expected = {
  type: 'high_latency',
  detectSMax: 10,
  mitigateSMax: 15,
  automatic: ['disable_rerank'],
  tried: ['restart_workers'],
};
const scenario = (expected: Expected | null): Scenario => ({
  ...{ name: 'tried', title: 'Something', lanes: [], lastsS: 30, expected },
  trouble: { kind: 'faults', asked: {} },
});
const acted = (action: string, phase: string, atS: number, by = 'runbook') => ({
  ...{ run: action, action, phase, by },
  atMs: at(atS),
});
const incident = (more: Partial<SeenIncident> = {}): SeenIncident => ({
  id: 'one',
  type: 'high_latency',
  firstMs: at(6),
  typedMs: at(6),
  summary: 'late',
  actions: [acted('disable_rerank', 'succeeded', 8), acted('restart_workers', 'failed', 20)],
  ...more,
});
/** Slow until the 9th second, good from there on. */
const seen = (more: Partial<Seen> = {}): Seen => ({
  onsetMs: ONSET_MS,
  withdrawnMs: at(25),
  recoveredMs: at(26),
  incidents: [incident()],
  seconds: Array.from({ length: 40 }, (_, n) => second(n - 5, n - 5 > 0 && n - 5 < 9 ? 950 : 40)),
  ...more,
});

describe('a fault', () => {
  it('passes where all of it holds, with its times from the onset', () => {
    expect(judge(scenario(EXPECTED), seen())).toMatchObject({
      passed: true,
      failures: [],
      times: { detectedS: 6, actedS: 8, fastAgainS: 8, recoveredS: 26 },
    });
  });

  it.each<[string, Partial<Seen>, RegExp]>([
    ['nothing is noticed', { incidents: [] }, /^No high_latency was noticed within 25 s$/],
    ['another type', { incidents: [incident({ type: 'cache_failure' })] }, /^No high_latency was noticed/],
    ['late', { incidents: [incident({ typedMs: at(10.3) })] }, /^Noticed after 10.3 s, at most 10 s/],
    [
      'known by its name late, though seen before',
      { incidents: [incident({ firstMs: at(2), typedMs: at(12) })] },
      /^Noticed after 12 s/,
    ],
    [
      'two incidents',
      { incidents: [incident(), incident({ id: 'two', type: 'cache_failure' })] },
      /^One fault is to be one incident; there were also: cache_failure$/,
    ],
    [
      'two of the right type',
      { incidents: [incident(), incident({ id: 'two' })] },
      /^One fault is to be one incident; there were also: high_latency$/,
    ],
    [
      'an action without effect',
      {
        incidents: [
          incident({ actions: [acted('disable_rerank', 'failed', 8), acted('restart_workers', 'failed', 9)] }),
        ],
      },
      /^disable_rerank did not help by itself: failed$/,
    ],
    [
      'an action that a person did',
      {
        incidents: [
          incident({
            actions: [acted('disable_rerank', 'succeeded', 8, 'key k1'), acted('restart_workers', 'failed', 9)],
          }),
        ],
      },
      /^disable_rerank did not help by itself: never begun$/,
    ],
    [
      'an action that was refused',
      {
        incidents: [
          incident({ actions: [acted('disable_rerank', 'succeeded', 8), acted('restart_workers', 'refused', 9)] }),
        ],
      },
      /^restart_workers was not tried: refused$/,
    ],
    [
      'slow for too long',
      { seconds: Array.from({ length: 30 }, (_, n) => second(n, n < 17 ? 900 : 40)) },
      /^The 95th percentile was only after 16 s below 800 ms/,
    ],
    [
      'slow to the end',
      { seconds: Array.from({ length: 30 }, (_, n) => second(n, 900)) },
      /^The 95th percentile was not below 800 ms/,
    ],
    ['no recovery', { recoveredMs: null }, /^The service was not good again/],
  ])('fails: %s', (_, more, failure) => {
    const { passed, failures } = judge(scenario(EXPECTED), seen(more));
    expect(passed).toBe(false);
    expect(failures).toContainEqual(expect.stringMatching(failure));
  });
});

describe('a decoy', () => {
  it('passes where nothing was noticed', () => {
    expect(judge(scenario(null), seen({ incidents: [] })).failures).toEqual([]);
  });

  it('fails over any incident, whatever it is called', () => {
    fc.assert(
      fc.property(fc.constantFrom(...INCIDENT_TYPES), (type) => {
        const { passed, failures } = judge(scenario(null), seen({ incidents: [incident({ type })] }));
        expect(passed).toBe(false);
        expect(failures).toEqual([`Must stay silent, and was taken for ${type}: late`]);
      }),
    );
  });

  it('fails where the service does not come back', () => {
    expect(judge(scenario(null), seen({ incidents: [], recoveredMs: null })).passed).toBe(false);
  });
});

it('steady from the first of three in a row that hold, as a search over all of them says', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 30 }), (good) => {
      const seconds = good.map((one, n) => second(n + 1, one ? 10 : 900));
      const found = good.findIndex((_, n) => good[n] && good[n + 1] && good[n + 2]);
      const expected = found < 0 ? null : at(found);
      expect(steadyFrom(seconds, ONSET_MS, ({ p95Ms }) => p95Ms === 10)).toBe(expected);
    }),
  );
});

it('every incident of the runbook is rehearsed, and each scenario has a name of its own', () => {
  expect(new Set(SCENARIOS.map(({ expected }) => expected!.type))).toEqual(new Set(INCIDENT_TYPES));
  const names = [...SCENARIOS, ...DECOYS].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(DECOYS.every(({ expected }) => expected === null)).toBe(true);
  // The bounds.
  const bounds = Object.fromEntries(SCENARIOS.map(({ name, expected }) => [name, expected!.detectSMax]));
  expect(bounds).toMatchObject({
    ...{ high_error_rate: 10, errors_5_percent: 30, model_failure: 5 },
    ...{ memory_exhaustion: 10, rate_limit_attack: 10 },
  });
});
