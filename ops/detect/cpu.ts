/** Is the processor so busy, for so long, that queries must queue? */
import { percent } from './detector.ts';
import { lasting } from './lasting.ts';
import type { Patience } from './sustained.ts';

export interface CpuSettings extends Patience {
  readonly busyPercentMax: number;
}

/** Nothing is left: the rest goes to the kernel and to others. */
const SATURATED = 0.95;

export const cpu = lasting<CpuSettings>({
  incident: 'high_latency',
  goodBelow: 0.95,
  read: ({ cpuShare }, { busyPercentMax }) => ({
    share: (cpuShare * 100) / busyPercentMax,
    severity: cpuShare >= SATURATED ? 'medium' : 'low',
    tell: () => ({
      numbers: { cpuPercent: cpuShare * 100, busyPercentMax },
      why: `The process used ${percent(cpuShare)} of its cores; above ${busyPercentMax} % nothing is left for a peak`,
    }),
  }),
});
