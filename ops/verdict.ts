/** What a detector says after a step. */
import type { IncidentType, Severity } from './incident-type.ts';

export interface Verdict {
  /** Name of the detector, such as `errors`, unique and stable: it is a label in /metrics. */
  readonly detector: string;
  /** The incident that this belongs to. */
  readonly incident: IncidentType;
  readonly firing: boolean;
  /** Null while it does not fire. */
  readonly severity: Severity | null;
  /** `nowS` of the step at which it began to fire, seconds since the process started; null while it does not. */
  readonly sinceS: number | null;
  /** How near it is to firing: 0 calm, 1 at the threshold, above while it fires. */
  readonly level: number;
  /** One sentence with the numbers, for an operator. */
  readonly why: string;
  /** The numbers behind the sentence, each with its unit in its name. */
  readonly numbers: Readonly<Record<string, number>>;
}
