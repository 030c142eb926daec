/** Do queries wait so long for a worker that the wait alone makes them late? */
import type { Severity } from '../incident-type.ts';
import { lasting } from './lasting.ts';
import type { Patience } from './sustained.ts';

export interface QueueSettings extends Patience {
  readonly waitMsMax: number;
}

/** The runbook's thresholds for latency, milliseconds: the wait is part of it. */
const severityOf = (waitMs: number): Severity =>
  waitMs > 5000 ? 'critical' : waitMs > 2000 ? 'high' : waitMs > 1000 ? 'medium' : 'low';

export const queue = lasting<QueueSettings>({
  incident: 'high_latency',
  goodBelow: 0.75,
  read: ({ queueMsP95 }, { waitMsMax }) => ({
    share: queueMsP95 / waitMsMax,
    severity: severityOf(queueMsP95),
    tell: () => ({
      numbers: { queueMsP95, waitMsMax },
      why: `One query in twenty waited ${Math.round(queueMsP95)} ms or more for a worker; ${waitMsMax} ms are tolerated`,
    }),
  }),
});
