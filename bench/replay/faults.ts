/**
 * Faults that must be noticed.
 *
 * Each bends the conditions of the seconds it lasts. `expects` are the detectors that should fire, `tolerates` those that may because
 * the fault does that too. Whatever else begins to fire is a false alarm.
 */
import type { DetectSettings } from '../../ops/detect/index.ts';
import type { IncidentType } from '../../ops/incident-type.ts';
import type { Bend } from './conditions.ts';

export type DetectorName = keyof DetectSettings;

export interface FaultKind {
  readonly incident: IncidentType;
  readonly expects: readonly DetectorName[];
  readonly tolerates: readonly DetectorName[];
  readonly lengthS: number;
  readonly bend: Bend;
}

const failing = (share: number, together: number, lengthS: number): FaultKind => ({
  incident: 'high_error_rate',
  expects: ['errors'],
  tolerates: [],
  lengthS,
  bend: (now) => {
    now.failShare = Math.max(now.failShare, share);
    now.failTogether = together;
  },
});

const slower = (lengthS: number, bend: Bend): FaultKind => ({
  incident: 'high_latency',
  expects: ['slowness'],
  tolerates: ['queue', 'cpu'],
  lengthS,
  bend,
});

const MINUTE = 60;

export const FAULTS = {
  'errors 100 %': failing(1, 0, 10 * MINUTE),
  'errors 20 %': failing(0.2, 0.05, 15 * MINUTE),
  'errors 5 %': failing(0.05, 0.03, 20 * MINUTE),
  'errors 2 %': failing(0.02, 0.03, 30 * MINUTE),
  'errors 1 %': failing(0.01, 0.03, 60 * MINUTE),
  'latency x2': slower(30 * MINUTE, (now) => {
    now.slowdown *= 2;
  }),
  'latency x5': slower(15 * MINUTE, (now) => {
    now.slowdown *= 5;
    now.queueMs += 200;
  }),
  'latency tail': slower(20 * MINUTE, (now) => {
    now.lateShare = 0.15;
  }),
  'queue of 2 s': {
    incident: 'high_latency',
    expects: ['queue', 'slowness'],
    tolerates: ['cpu'],
    lengthS: 10 * MINUTE,
    bend: (now) => {
      now.queueMs = 2000;
      now.lateShare = 0.9;
    },
  },
  'processor full': {
    incident: 'high_latency',
    expects: ['cpu'],
    tolerates: ['slowness', 'queue'],
    lengthS: 10 * MINUTE,
    bend: (now) => {
      now.cpuShare = 0.97;
    },
  },
  'traffic gone': {
    incident: 'high_error_rate',
    expects: ['absence'],
    tolerates: [],
    lengthS: 20 * MINUTE,
    bend: (now) => {
      now.perS = 0;
      now.limitedPerS = 0;
      now.invalidPerS = 0;
    },
  },
  'memory jump to 88 %': {
    incident: 'memory_exhaustion',
    expects: ['memory'],
    tolerates: ['memoryGrowth'],
    lengthS: 10 * MINUTE,
    bend: (now) => {
      now.memoryShare = 0.88;
    },
  },
  'memory leak': {
    incident: 'memory_exhaustion',
    expects: ['memoryGrowth'],
    tolerates: ['memory'],
    lengthS: 30 * MINUTE,
    bend: (now, atS, lengthS) => {
      now.memoryShare += (0.45 * atS) / lengthS;
    },
  },
  'garbage storm': {
    incident: 'memory_exhaustion',
    expects: ['loop'],
    tolerates: ['cpu'],
    lengthS: 5 * MINUTE,
    bend: (now) => {
      now.gcShare = 0.5;
      now.blockMs = 400;
    },
  },
  'cache errors': {
    incident: 'cache_failure',
    expects: ['cache'],
    tolerates: [],
    lengthS: 10 * MINUTE,
    bend: (now) => {
      now.cacheErrorShare = 0.5;
      now.hitShare /= 2;
    },
  },
  'hit rate collapse': {
    incident: 'cache_failure',
    expects: ['cache'],
    tolerates: [],
    lengthS: 20 * MINUTE,
    bend: (now) => {
      now.hitShare /= 10;
    },
  },
  'flood from one': {
    incident: 'rate_limit_attack',
    expects: ['flood'],
    tolerates: [],
    lengthS: 10 * MINUTE,
    bend: (now, atS) => {
      const ordinary = now.perS;
      now.limitedPerS = 4 * ordinary + 20;
      now.topShare = Math.min(0.8, 0.08 + atS / 60);
    },
  },
  'flood from many': {
    incident: 'rate_limit_attack',
    expects: ['flood'],
    tolerates: ['cpu', 'queue', 'slowness', 'errors'],
    lengthS: 10 * MINUTE,
    bend: (now) => {
      now.perS = 8 * now.perS + 20;
      now.failShare = 0.2;
      now.shedShare = 1;
      now.topShare = 0.01;
      now.cpuShare = 0.95;
      now.queueMs = 300;
    },
  },
  'model throws': {
    incident: 'model_failure',
    expects: ['models'],
    tolerates: [],
    lengthS: 10 * MINUTE,
    bend: (now) => {
      now.modelFailShare = 1;
    },
  },
  'model missing': {
    incident: 'model_failure',
    expects: ['models'],
    tolerates: [],
    lengthS: 10 * MINUTE,
    bend: (now) => {
      now.modelsUnavailable = 1;
    },
  },
  'index empty': {
    incident: 'index_corruption',
    expects: ['emptiness'],
    tolerates: [],
    lengthS: 10 * MINUTE,
    bend: (now) => {
      now.emptyShare = 0.99;
    },
  },
} as const satisfies Record<string, FaultKind>;
export type FaultName = keyof typeof FAULTS;
