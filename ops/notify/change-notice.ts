/** What was changed, for receivers that keep changes beside their incidents: nobody is called by it. */
import { createHash } from 'node:crypto';
import type { Notice } from './notice.ts';

export interface ChangeView {
  /** Such as `config`. */
  readonly kind: string;
  /** What was changed, from what to what. */
  readonly summary: string;
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
}

const KEY_DIGITS = 24;

/** The same for the same change, whoever tells it and however often. */
export const changeKeyOf = ({ kind, summary, by, timeMs }: ChangeView): string =>
  `change/${createHash('sha256')
    .update(JSON.stringify([kind, summary, by, timeMs]))
    .digest('hex')
    .slice(0, KEY_DIGITS)}`;

export const changeNotice = (change: ChangeView): Notice => ({
  incidentId: changeKeyOf(change),
  type: 'change',
  severity: 'low',
  state: 'opened',
  title: change.summary,
  summary: `${change.kind.replaceAll('_', ' ')}, by ${change.by}`,
  startedMs: change.timeMs,
  endedMs: change.timeMs,
  numbers: {},
  links: { dashboard: '', runbook: '' },
  components: [change.kind],
  level: 1,
  fingerprint: change.kind,
});
