/** What a rehearsal saw of one scenario: facts with their moments, of which somebody else says whether they are good. */
import type { IncidentType } from '../incident-type.ts';
import type { LoadSecond } from './load/index.ts';

/** Moments are milliseconds since the epoch, on the clock of whoever watches: that of the server may be what is wrong. */
export interface SeenAction {
  readonly run: string;
  readonly action: string;
  readonly phase: string;
  readonly by: string;
  /** When it was first seen in this phase. */
  readonly atMs: number;
}

export interface SeenIncident {
  readonly id: string;
  /** What it is called by now: a cause that is found later gives a symptom its name. */
  readonly type: IncidentType;
  /** When it was first seen at all, and under this name. */
  readonly firstMs: number;
  readonly typedMs: number;
  readonly summary: string;
  readonly actions: readonly SeenAction[];
}

export interface Seen {
  /** When what goes wrong was begun. */
  readonly onsetMs: number;
  /** When it was taken back. */
  readonly withdrawnMs: number;
  /** When all was good again and stayed so; null where it was not in the time that it got. */
  readonly recoveredMs: number | null;
  readonly incidents: readonly SeenIncident[];
  readonly seconds: readonly LoadSecond[];
}

/** Seconds in a row after which it is good again. */
const STEADY = 3;
/** A share of failures above it is no service. */
const FAILED_SHARE_MAX = 0.05;

export const isFast = ({ answered, p95Ms }: LoadSecond, goodMs: number): boolean =>
  answered > 0 && p95Ms !== null && p95Ms < goodMs;

export const isGood = (second: LoadSecond, goodMs: number): boolean =>
  isFast(second, goodMs) && second.failed <= FAILED_SHARE_MAX * (second.answered + second.failed);

/**
 * From when on it was so for three seconds in a row, looking from `fromMs`; null where it never was. A second that was good from the
 * beginning counts as good at the beginning.
 */
export function steadyFrom(
  seconds: readonly LoadSecond[],
  fromMs: number,
  holds: (second: LoadSecond) => boolean,
): number | null {
  let since: number | null = null;
  let before = fromMs;
  let row = 0;
  for (const second of seconds) {
    if (second.atMs <= fromMs) continue;
    if (holds(second)) {
      since ??= before;
      row += 1;
      if (row === STEADY) return since;
    } else {
      since = null;
      row = 0;
    }
    before = second.atMs;
  }
  return null;
}
