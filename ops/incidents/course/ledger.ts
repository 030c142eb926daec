/** What the correlation needs of whoever keeps the incidents. Each call that records returns what the incident has become. */
import type { IncidentType, Severity } from '../../incident-type.ts';
import type { Incident } from '../incident.ts';
import type { IncidentBody } from '../record/event.ts';

/** What a fault is told apart by. */
export interface Fault {
  readonly type: IncidentType;
  readonly scope: string;
}

export interface Opening extends Fault {
  readonly severity: Severity;
  readonly source: Incident['source'];
  readonly summary: string;
  readonly components: readonly string[];
}

export interface Ledger {
  /** All that is known, with everything that was decided so far. */
  all(): Iterable<Incident>;
  /** Those that are not resolved, oldest first. */
  open(): readonly Incident[];
  /** Undefined of one that was forgotten. */
  get(id: string): Incident | undefined;
  begin(opening: Opening): Incident;
  record(id: string, body: IncidentBody): Incident;
  /** The incident was a symptom: from here on it is that of its cause. */
  retype(id: string, to: Fault, why: string): Incident;
}
