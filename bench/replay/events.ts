/**
 * Everything that may happen to the site: faults that must be noticed, and decoys that must not.
 *
 * Each bends the conditions of the seconds it lasts. `expects` are the detectors that should fire, `tolerates` those that may because the
 * fault does that too. Whatever else begins to fire is a false alarm.
 */

import type { DetectSettings } from '../../ops/detect/index.ts';
import type { IncidentType } from '../../ops/incident-type.ts';
import type { Conditions } from './conditions.ts';
import type { Random } from './random.ts';

export type DetectorName = keyof DetectSettings;

/** @param atS since it began; @param lengthS of it; @param strength drawn once for each event, 0 to 1 */
export type Bend = (now: Conditions, atS: number, lengthS: number, strength: number) => void;

export interface FaultKind {
  readonly incident: IncidentType;
  readonly expects: readonly DetectorName[];
  readonly tolerates: readonly DetectorName[];
  readonly lengthS: number;
  readonly bend: Bend;
}

export interface DecoyKind {
  readonly perDay: number;
  readonly lengthS: (random: Random) => number;
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

const lasting = (low: number, high: number) => (random: Random) => random.whole(low, high);

export const DECOYS = {
  // As harsh as in the measured comparison that the bars come from: one to four seconds in which half of all fails, 30 a day.
  'failing blip': {
    perDay: 30,
    lengthS: lasting(1, 4),
    bend: (now) => {
      now.failShare = 0.5;
      now.failTogether = 0.05;
    },
  },
  'slow blip': {
    perDay: 30,
    lengthS: lasting(1, 4),
    bend: (now) => {
      now.lateShare = 0.5;
    },
  },
  'batch lost with its worker': {
    perDay: 6,
    lengthS: lasting(1, 1),
    bend: (now, _atS, _lengthS, strength) => {
      now.failShare = Math.min(1, (2 + 14 * strength) / Math.max(1, now.perS));
    },
  },
  'GC pause': {
    perDay: 200,
    lengthS: lasting(1, 1),
    bend: (now, _atS, _lengthS, strength) => {
      now.blockMs = 150 + 100 * strength;
      now.gcShare = 0.25;
    },
  },
  'ten times the traffic, within capacity': {
    perDay: 1,
    lengthS: lasting(300, 900),
    bend: (now, atS, lengthS) => {
      const share = Math.min(1, atS / 20, (lengthS - atS) / 20);
      now.perS *= 1 + 9 * share;
      now.slowdown *= 1 + 0.2 * share;
      now.cpuShare += (0.7 - now.cpuShare) * share;
      now.queueMs += 30 * share;
      now.topShare /= 1 + 9 * share;
    },
  },
  'flood of wrong requests': {
    perDay: 1,
    lengthS: lasting(120, 600),
    bend: (now) => {
      now.invalidPerS = now.perS;
    },
  },
  'one slow query': {
    perDay: 50,
    lengthS: lasting(1, 1),
    bend: (now) => {
      now.lateShare = Math.min(1, 1 / Math.max(1, now.perS));
    },
  },
  'rolling restart of workers': {
    perDay: 2,
    lengthS: lasting(8, 16),
    bend: (now, atS) => {
      now.lateShare = atS % 8 < 4 ? 0.15 : 0;
      now.queueMs += 150;
      now.memoryShare -= 0.05;
    },
  },
  'process stopped for 3 s': {
    perDay: 3,
    lengthS: lasting(1, 1),
    bend: (now) => {
      now.stoppedS = 3;
    },
  },
  // Neither has a way into what is observed: the clock of an observation never goes back, and a full disk is not waited for.
  // They stand here so that this stays true of whatever the detectors are given.
  'clock set by an hour': { perDay: 1, lengthS: lasting(1, 1), bend: () => {} },
  'log disk full': {
    perDay: 1,
    lengthS: lasting(60, 600),
    bend: (now) => {
      now.blockMs = 50;
    },
  },
  'night without traffic': {
    perDay: 0.2,
    lengthS: lasting(3 * 3600, 5 * 3600),
    bend: (now, atS, lengthS) => {
      // The last visitors leave, and the first come, over half an hour; one request in the dead of night fails.
      const share = Math.max(0, 1 - Math.min(atS, lengthS - atS) / 1800) ** 2;
      now.perS *= share;
      now.limitedPerS *= share;
      now.invalidPerS *= share;
      if (atS === Math.floor(lengthS / 2)) {
        now.perS = 3;
        now.failShare = 1;
      }
    },
  },
} as const satisfies Record<string, DecoyKind>;
export type DecoyName = keyof typeof DECOYS;
