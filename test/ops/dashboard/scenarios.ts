/** What a judge would say, second by second, on a calm day and on worse ones: seeded, so that every run sees the same. */
import type { Severity } from '../../../ops/incident-type.ts';
import type { BurnStatus, ObjectiveStatus, PercentilesMs, Snapshot } from '../../../ops/snapshot.ts';
import type { Verdict } from '../../../ops/verdict.ts';

export type Scenario = 'calm' | 'outage' | 'slow' | 'attack' | 'empty' | 'crowd' | 'hostile';

export const START_MS = Date.UTC(2026, 2, 1, 3, 12, 0);
export const HOSTILE = `<img src=x onerror="document.title='taken'">`;
const UPTIME_S = 280_000;

/** A number from 0 to 1 for a step and a purpose, the same in every run (a round of Murmur's finaliser). */
function chance(step: number, purpose: number): number {
  let hash = Math.imul(step + 1, 0x9e3779b1) ^ Math.imul(purpose + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

const around = (step: number, purpose: number, middle: number, spread = 0.2): number =>
  middle * (1 + spread * (2 * chance(step, purpose) - 1));

const TIERS: readonly (readonly [Severity, number, number, number])[] = [
  ['critical', 3600, 300, 14],
  ['high', 21_600, 1800, 7],
  ['medium', 86_400, 7200, 2],
  ['low', 345_600, 21_600, 1],
];

const burnsAt = (rate: number | null): BurnStatus[] =>
  TIERS.map(([severity, longS, shortS, burnMax], tier) => {
    const burnLong = rate === null ? null : rate / (1 + tier * tier);
    const burnShort = rate === null ? null : rate / (1 + tier);
    return { severity, longS, shortS, burnMax, burnLong, burnShort, firing: (burnLong ?? 0) >= burnMax };
  });

interface State {
  readonly answered: number;
  readonly failed: number;
  readonly limited: number;
  readonly p50Ms: number;
  readonly burn: number | null;
  readonly budgetLeft: number;
  readonly firing: readonly (readonly [detector: string, severity: Severity, sinceS: number])[];
}

export const STATES: Readonly<Record<Scenario, State>> = {
  calm: { answered: 240, failed: 0, limited: 0, p50Ms: 9, burn: 0.31, budgetLeft: 78.4, firing: [] },
  crowd: { answered: 240, failed: 0, limited: 0, p50Ms: 9, burn: 0.31, budgetLeft: 78.4, firing: [] },
  outage: {
    answered: 96,
    failed: 118,
    limited: 0,
    p50Ms: 310,
    burn: 88,
    budgetLeft: -12.6,
    firing: [
      ['latency', 'high', 9],
      ['errors', 'critical', 12],
    ],
  },
  slow: {
    answered: 180,
    failed: 1,
    limited: 0,
    p50Ms: 340,
    burn: 3.2,
    budgetLeft: 41.5,
    firing: [['latency', 'medium', 74]],
  },
  attack: {
    answered: 230,
    failed: 0,
    limited: 1870,
    p50Ms: 12,
    burn: 0.4,
    budgetLeft: 77.9,
    firing: [['attack', 'high', 31]],
  },
  empty: { answered: 0, failed: 0, limited: 0, p50Ms: 0, burn: null, budgetLeft: 100, firing: [] },
  hostile: { answered: 240, failed: 3, limited: 2, p50Ms: 9, burn: 20, budgetLeft: 12, firing: [[HOSTILE, 'high', 5]] },
};

const WHY: Readonly<Record<string, string>> = {
  errors: '55.1 % of 12,840 searches failed in the last minute, where the hour before had 0.02 %',
  latency: 'p95 of the last minute is 2,480 ms, and stands above 800 ms for 9 s',
  attack: '10.20.30.40 sent 112,200 of 126,000 requests of the last minute; 89 % were over their limit',
};
const CALM_WHY: readonly (readonly [string, Verdict['incident'], string])[] = [
  ['errors', 'high_error_rate', '0.02 % of 14,420 searches failed in the last minute'],
  ['latency', 'high_latency', 'p95 of the last minute is 41 ms, far below 800 ms'],
  ['models', 'model_failure', 'Both models answer'],
  ['memory', 'memory_exhaustion', 'Resident 41 % of 2 GiB, steady over the last ten minutes'],
  ['cache', 'cache_failure', '63 % of look-ups are hits, as in the hour before'],
  ['attack', 'rate_limit_attack', 'No client has more than 3 % of the requests'],
  ['empty_answers', 'index_corruption', '1.4 % of the answers are empty, as on other days'],
];

function percentiles(step: number, { answered, p50Ms }: State): PercentilesMs | null {
  if (answered === 0) return null;
  const at = (purpose: number, factor: number): number => around(step, purpose, p50Ms * factor);
  return { p50Ms: at(1, 1), p90Ms: at(2, 3), p95Ms: at(3, 4.6), p99Ms: at(4, 8), p999Ms: at(5, 12), maxMs: at(6, 15) };
}

function objectivesOf(step: number, scenario: Scenario, { burn, budgetLeft, answered }: State): ObjectiveStatus[] {
  const total = answered === 0 ? 0 : 41_300_250 + step * answered;
  const objective = (
    name: string,
    thresholdMs: number | null,
    targetPercent: number,
    left: number,
  ): ObjectiveStatus => {
    const bad = total * (1 - targetPercent / 100) * (1 - left / 100);
    return {
      name: scenario === 'hostile' ? `${name} ${HOSTILE}` : name,
      indicator: thresholdMs === null ? 'availability' : 'latency',
      thresholdMs,
      endpoints: scenario === 'hostile' ? [HOSTILE] : ['/search', '/search/batch'],
      targetPercent,
      windowDays: 28,
      good: Math.round(total - bad),
      total,
      attainedPercent: total === 0 ? null : 100 - (bad / total) * 100,
      budgetLeftPercent: left,
      burns: burnsAt(burn === null ? null : burn * (thresholdMs === 2000 ? 0.4 : 1)),
    };
  };
  return [
    objective('availability', null, 99.5, budgetLeft),
    objective('fast', 800, 95, Math.min(100, budgetLeft + 11)),
    objective('never slow', 2000, 99, Math.min(100, budgetLeft + 20)),
  ];
}

function detectorsOf(step: number, scenario: Scenario, { firing }: State): Verdict[] {
  const named = scenario === 'hostile' ? [...CALM_WHY, [HOSTILE, 'cache_failure', HOSTILE] as const] : CALM_WHY;
  return named.map(([detector, incident, calm], at) => {
    const fires = firing.find(([name]) => name === detector);
    return {
      detector,
      incident,
      firing: fires !== undefined,
      severity: fires?.[1] ?? null,
      sinceS: fires === undefined ? null : UPTIME_S - fires[2],
      level: fires === undefined ? around(step, 20 + at, 0.1 + 0.06 * at) : 1.6,
      why: fires === undefined ? calm : (WHY[detector] ?? HOSTILE),
      numbers:
        fires === undefined
          ? {}
          : { share: 0.551, eventsPerMinute: 12_840, [scenario === 'hostile' ? HOSTILE : 'thresholdMs']: 800 },
    };
  });
}

function talkersOf(step: number, scenario: Scenario): Snapshot['limits']['talkers'] {
  if (scenario === 'empty') return [];
  const count = scenario === 'crowd' ? 400 : 6;
  const loud = scenario === 'attack' ? [{ client: '10.20.30.40', requests: 112_200, errorMax: 0 }] : [];
  const rest = Array.from({ length: count }, (_, at) => ({
    client: scenario === 'hostile' ? HOSTILE : at === 2 ? '2001:db8:85a3:8d3:1319:8a2e:370:7348' : `192.0.2.${at + 1}`,
    requests: Math.round(around(step, 40 + at, 430 / (at + 1), 0.03)),
    errorMax: at < 3 ? 0 : 4,
  }));
  return [...loud, ...rest];
}

/** The snapshot of a step, counted from 0. */
export function snapshotOf(scenario: Scenario, step: number, startMs = START_MS): Snapshot {
  const state = STATES[scenario];
  const hostile = (text: string): string => (scenario === 'hostile' ? HOSTILE : text);
  const rate = (purpose: number, middle: number): number => Math.round(around(step, purpose, middle, 0.15));
  const isBad = scenario === 'outage' || scenario === 'hostile';
  const GiB = 2 ** 30;
  return {
    timeMs: startMs + step * 1000,
    step,
    process: {
      version: hostile('0.1.0'),
      uptimeS: scenario === 'empty' ? step + 3 : UPTIME_S + step,
      draining: false,
      workers: 3,
      workersBusy: state.answered === 0 ? 0 : isBad ? 3 : 1 + (step % 2),
      workersLost: isBad ? 2 : 0,
      queriesWaiting: isBad ? rate(7, 210) : 0,
    },
    load: {
      rung: isBad ? hostile('bm25_only') : 'full',
      rungNo: isBad ? 4 : 0,
      concurrencyLimit: isBad ? 20 : 100,
      queueStands: isBad,
      shed: { concurrency: isBad ? 300 + step : 0 },
    },
    perSecond: {
      answered: rate(8, state.answered),
      invalid: state.answered === 0 ? 0 : Math.round(chance(step, 9) * 2.2),
      limited: rate(10, state.limited),
      shed: isBad ? rate(11, 26) : 0,
      deadline: isBad ? rate(12, 9) : 0,
      failed: rate(13, state.failed),
      aborted: state.answered === 0 ? 0 : Math.round(chance(step, 14)),
    },
    latency: percentiles(step, state),
    queueMsP95: isBad ? around(step, 15, 420) : around(step, 15, 1.2),
    objectives: objectivesOf(step, scenario, state),
    detectors: detectorsOf(step, scenario, state),
    cache: {
      enabled: true,
      lookupsPerSecond: rate(16, state.answered),
      hitPercent: state.answered === 0 ? null : around(step, 17, 63, 0.02),
      entries: state.answered === 0 ? 0 : 18_204,
      bytes: state.answered === 0 ? 0 : 47_340_112,
      bytesMax: 104_857_600,
    },
    limits: {
      limitedPerSecond: rate(10, state.limited),
      shedPerSecond: isBad ? rate(11, 26) : 0,
      talkers: talkersOf(step, scenario),
    },
    memory: {
      residentBytes: around(step, 18, (isBad ? 0.86 : 0.41) * 2 * GiB, 0.01),
      bytesMax: 2 * GiB,
      heapBytes: around(step, 19, 0.11 * GiB),
      externalBytes: around(step, 20, 0.08 * GiB),
      sharedIndexBytes: 0.31 * GiB,
    },
    cpuShare: around(step, 21, state.answered === 0 ? 0.01 : isBad ? 0.93 : 0.38, 0.07),
    loop: {
      delayMsMax: around(step, 22, isBad ? 61 : 3.1, 0.5),
      utilisation: around(step, 23, state.answered === 0 ? 0.01 : 0.22),
      gcShare: around(step, 24, 0.012, 0.5),
    },
    index: {
      generation: hostile('2026-02-27T21-04-11Z-3f9c'),
      createdAt: hostile('2026-02-27T21:04:11Z'),
      posts: 2104,
      passages: 9877,
      bytes: 61_203_456,
    },
    changes: {
      ...{ documents: 0, oldestS: null, invisible: 0, withoutVectors: 0 },
      ...{ journalBytes: 0, merging: false, fault: null },
    },
    models: {
      embedder: { name: hostile('all-minilm-l6-v2'), state: hostile('ready') },
      reranker: { name: hostile('wp-chat-rerank-en'), state: isBad ? 'unavailable' : 'ready' },
    },
    incidents: isBad
      ? [
          {
            id: hostile('inc-20260301-7f3a'),
            type: 'high_error_rate',
            severity: 'critical',
            state: hostile('acknowledged'),
            openedMs: startMs - 260_000,
            summary: hostile('More than half of the searches fail since a worker was lost; second page sent'),
          },
        ]
      : [],
    arms: isBad
      ? [
          { arm: 'control', sharePercent: 90, requests: 11_556, bad: 5804, latency: percentiles(step, state) },
          {
            arm: hostile('blend-0.6'),
            sharePercent: 10,
            requests: 1284,
            bad: 702,
            latency: percentiles(step + 7, state),
          },
        ]
      : [{ arm: 'control', sharePercent: 100, requests: 14_420, bad: 0, latency: percentiles(step, state) }],
    canary: isBad ? badCanary(hostile) : { stop: null, experiments: [CALM_EXPERIMENT] },
    lost: isBad ? { [hostile('error_log')]: 12, series: 0 } : { error_log: 0, series: 0 },
  };
}

const CALM_EXPERIMENT = { name: 'rerank', phase: 'promoted', sharePercent: 100, step: null, seen: null };

const bad = (rate: number) =>
  ['error', 'slow', 'very_slow', 'empty', 'degraded'].map((kind) => ({
    kind,
    rate,
    low: rate / 2,
    high: rate * 2,
  }));

const badCanary = (hostile: (text: string) => string): Snapshot['canary'] => ({
  stop: { by: hostile('key k1'), reason: hostile('more than half of it fails'), atMs: Date.UTC(2026, 2, 1, 12) },
  experiments: [
    {
      name: hostile('blend'),
      phase: 'running',
      sharePercent: 10,
      step: { at: 3, of: 6 },
      seen: {
        arms: {
          control: { requests: 11_556, bad: bad(0.004) },
          canary: { requests: 1284, bad: bad(0.031) },
        },
        evidence: 0.74,
        history: [-0.1, 0, 0.02, 0.1, 0.3, 0.5, 0.74],
        obstacles: [hostile('the error budget is spent')],
      },
    },
    CALM_EXPERIMENT,
  ],
});
