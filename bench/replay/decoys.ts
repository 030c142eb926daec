/** Decoys: what happens on any day, and must not make a detector fire. Each bends the conditions of the seconds it lasts. */
import type { Bend } from './conditions.ts';
import type { Random } from './random.ts';

export interface DecoyKind {
  readonly perDay: number;
  readonly lengthS: (random: Random) => number;
  readonly bend: Bend;
}

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
