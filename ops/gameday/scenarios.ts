/** The eight incidents of the runbook, each by a real fault, with the bounds that the product promises. */
import type { Lane } from './load/index.ts';
import type { Scenario } from './scenario.ts';

const lane = (more: Partial<Lane>): Lane => ({
  name: 'visitors',
  perSecond: 5,
  kind: 'search',
  parameters: 'rerank=true',
  fresh: 1,
  client: null,
  counts: true,
  ...more,
});

/** Questions in words, of which a machine answers many. */
export const LIGHT = lane({ parameters: 'mode=bm25&rerank=false', perSecond: 20 });
export const RERANKED = lane({});
/** Known questions, so many that detectors soon have seen enough of what is good. */
export const CALMING = lane({
  name: 'calm',
  parameters: 'mode=bm25&rerank=false',
  fresh: 0,
  perSecond: 150,
  counts: false,
});

/** What the server takes of a client that gameday floods with, requests a second: that of {@link FLOOD_LIMIT}. */
export const FLOODER = '203.0.113.66';
export const FLOOD_LIMIT = { maxRequests: 20, burst: 40 } as const;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'high_latency',
    title: 'Reranking takes 900 ms',
    trouble: { kind: 'faults', asked: { faults: [{ target: 'reranker', kind: 'slow', ms: 900 }] } },
    lanes: [lane({ perSecond: 3 }), { ...LIGHT, name: 'readers', perSecond: 30 }],
    expected: { type: 'high_latency', detectSMax: 20, mitigateSMax: 15, automatic: ['disable_rerank'], tried: [] },
    lastsS: 40,
  },
  {
    name: 'high_error_rate',
    title: 'Every query fails',
    trouble: { kind: 'faults', asked: { faults: [{ target: 'query', kind: 'throw' }] } },
    lanes: [LIGHT],
    expected: { type: 'high_error_rate', detectSMax: 10, mitigateSMax: null, automatic: [], tried: ['emergency_stop'] },
    lastsS: 40,
  },
  {
    name: 'cache_failure',
    title: 'The cache fails each time',
    trouble: { kind: 'faults', asked: { process: { cache: 'throw' } } },
    lanes: [LIGHT],
    expected: { type: 'cache_failure', detectSMax: 10, mitigateSMax: 15, automatic: ['disable_cache'], tried: [] },
    lastsS: 40,
  },
  {
    name: 'model_failure',
    title: 'The reranker throws',
    trouble: { kind: 'faults', asked: { faults: [{ target: 'reranker', kind: 'throw' }] } },
    lanes: [RERANKED],
    expected: { type: 'model_failure', detectSMax: 5, mitigateSMax: 15, automatic: ['disable_rerank'], tried: [] },
    lastsS: 40,
  },
  {
    name: 'rate_limit_attack',
    title: 'One address asks three times what it may',
    trouble: {
      kind: 'lane',
      lane: lane({
        name: 'flood',
        parameters: 'mode=bm25&rerank=false',
        perSecond: 3 * FLOOD_LIMIT.maxRequests,
        fresh: 0,
        client: FLOODER,
        counts: false,
      }),
    },
    lanes: [RERANKED],
    expected: {
      type: 'rate_limit_attack',
      detectSMax: 10,
      mitigateSMax: 15,
      automatic: ['show_rate_limits', 'block_addresses'],
      tried: [],
    },
    lastsS: 60,
  },
  {
    name: 'errors_5_percent',
    title: 'One query in twenty fails',
    trouble: { kind: 'faults', asked: { faults: [{ target: 'query', kind: 'throw', percent: 5 }] } },
    lanes: [{ ...LIGHT, perSecond: 30 }],
    expected: { type: 'high_error_rate', detectSMax: 30, mitigateSMax: null, automatic: ['show_errors'], tried: [] },
    lastsS: 60,
  },
  {
    name: 'index_corruption',
    title: 'A byte of the index turns',
    trouble: { kind: 'damage' },
    lanes: [LIGHT],
    expected: { type: 'index_corruption', detectSMax: 10, mitigateSMax: 15, automatic: ['verify_index'], tried: [] },
    lastsS: 40,
  },
  {
    name: 'canary_failure',
    title: 'Each answer of an experiment fails',
    trouble: { kind: 'canary' },
    lanes: [LIGHT],
    expected: { type: 'canary_failure', detectSMax: 10, mitigateSMax: 15, automatic: ['show_canary'], tried: [] },
    lastsS: 40,
  },
  {
    name: 'memory_exhaustion',
    title: 'Nine tenths of the memory are in use',
    trouble: { kind: 'ballast', percent: 90 },
    lanes: [LIGHT],
    expected: {
      type: 'memory_exhaustion',
      detectSMax: 10,
      mitigateSMax: 15,
      automatic: ['show_memory'],
      tried: ['clear_cache'],
    },
    lastsS: 60,
  },
];

/** What looks like an incident and is none. The clock comes last: what is recorded after it bears its times. */
export const DECOYS: readonly Scenario[] = [
  {
    name: 'blips',
    title: 'Every query fails for a second, three times',
    trouble: {
      kind: 'blips',
      asked: { faults: [{ target: 'query', kind: 'throw' }] },
      times: 3,
      lastMs: 1000,
      everyMs: 10_000,
    },
    lanes: [LIGHT],
    expected: null,
    lastsS: 30,
  },
  {
    name: 'gc_pause',
    title: 'The main thread stands still for 1.5 s',
    trouble: { kind: 'faults', asked: { process: { pauseMs: 1500 } } },
    lanes: [LIGHT],
    expected: null,
    lastsS: 12,
  },
  {
    name: 'client_errors',
    title: 'Sixty requests a second that cannot be answered',
    trouble: { kind: 'lane', lane: lane({ name: 'invalid', kind: 'invalid', perSecond: 60, counts: false }) },
    lanes: [LIGHT],
    expected: null,
    lastsS: 20,
  },
  {
    name: 'traffic_x10',
    title: 'Ten times the traffic, within capacity',
    trouble: { kind: 'lane', lane: { ...LIGHT, name: 'surge', perSecond: 180, fresh: 0.2 } },
    lanes: [LIGHT],
    expected: null,
    lastsS: 20,
  },
  {
    name: 'rolling_restart',
    title: 'Every worker is replaced',
    trouble: { kind: 'restart' },
    lanes: [LIGHT],
    expected: null,
    lastsS: 15,
  },
  {
    name: 'sigstop',
    title: 'The process is stopped for 3 s',
    trouble: { kind: 'stop', ms: 3000 },
    lanes: [LIGHT],
    expected: null,
    lastsS: 15,
  },
  {
    name: 'log_disk_full',
    title: 'The disk of the logs is full, and a query fails now and then',
    trouble: {
      kind: 'faults',
      asked: { faults: [{ target: 'query', kind: 'throw', percent: 0.2 }], process: { logs: 'full' } },
    },
    lanes: [LIGHT],
    expected: null,
    lastsS: 20,
  },
  {
    name: 'clock_jump',
    title: 'The time of day is an hour ahead, then right again',
    trouble: { kind: 'faults', asked: { process: { clockAheadMs: 3_600_000 } } },
    lanes: [LIGHT],
    expected: null,
    lastsS: 12,
  },
];
