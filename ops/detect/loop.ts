/** Does the main thread stand still: long blocks, or most of its time spent collecting garbage? */
import type { Severity } from '../incident-type.ts';
import { percent } from './detector.ts';
import { lasting } from './lasting.ts';
import type { Patience } from './sustained.ts';

export interface LoopSettings extends Patience {
  readonly delayMsMax: number;
  readonly busyPercentMax: number;
  readonly gcPercentMax: number;
}

/** A block of this many times the tolerated one is worse by a step. */
const WORSE = 4;

export const loop = lasting<LoopSettings>({
  incident: 'memory_exhaustion',
  goodBelow: 0.75,
  read: ({ loopDelayMsMax, loopUtilisation, gcShare }, { delayMsMax, busyPercentMax, gcPercentMax }) => {
    const delay = loopDelayMsMax / delayMsMax;
    const garbage = (gcShare * 100) / gcPercentMax;
    // Busy is no shortage as long as nothing is held up.
    const busy = delay >= 0.5 ? (loopUtilisation * 100) / busyPercentMax : 0;
    const share = Math.max(delay, garbage, busy);
    return {
      share,
      severity: severityOf(delay, garbage),
      tell: () => {
        const blocked = `The main thread was blocked for up to ${Math.round(loopDelayMsMax)} ms (${delayMsMax} ms tolerated)`;
        const why = `${blocked}, was busy ${percent(loopUtilisation)} of the time and collected garbage ${percent(gcShare)} of it`;
        return { why, numbers: { loopDelayMsMax, loopBusyPercent: loopUtilisation * 100, gcPercent: gcShare * 100 } };
      },
    };
  },
});

function severityOf(delay: number, garbage: number): Severity {
  if (garbage >= 1 && delay >= WORSE) return 'critical';
  return garbage >= 1 || delay >= WORSE ? 'high' : 'medium';
}
