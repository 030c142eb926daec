/** What came of a rehearsal. */
import type { IncidentType } from '../incident-type.ts';
import type { Seen, SeenIncident } from './seen.ts';

/** From the onset, seconds; null where it did not come to that. */
export interface Times {
  readonly detectedS: number | null;
  /** The first thing that the machine did by itself, and that succeeded. */
  readonly actedS: number | null;
  /** A 95th percentile below the objective, while the fault goes on; 0 where it never was above. */
  readonly fastAgainS: number | null;
  /** Everything good, after the fault was taken back. */
  readonly recoveredS: number | null;
}

export interface Result {
  readonly scenario: string;
  readonly title: string;
  /** Null of a decoy. */
  readonly expected: IncidentType | null;
  readonly passed: boolean;
  readonly failures: readonly string[];
  readonly times: Times;
  readonly incidents: readonly SeenIncident[];
  readonly seen: Seen;
}

export interface GamedayReport {
  readonly passed: boolean;
  readonly startedMs: number;
  readonly tookS: number;
  readonly seed: number;
  readonly url: string;
  readonly results: readonly Result[];
  /** Scenarios that cannot be played on that server. */
  readonly leftOut: readonly LeftOut[];
}

export interface LeftOut {
  readonly scenario: string;
  readonly why: string;
}
