/** What a keeper of incidents is given, what it is asked, and what it says of all of them. */
import type { Clock } from '../../engine/clock.ts';
import type { RecordDisk } from '../durable/index.ts';
import type { IncidentType, Severity } from '../incident-type.ts';
import type { Incident } from './incident.ts';
import type { MeasureParts } from './measure.ts';
import type { RecordFaults } from './record/store.ts';
import type { Change } from './suspects.ts';

export interface KeeperPorts {
  readonly disk: RecordDisk;
  /** Of `incidents.jsonl`. */
  readonly path: string;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  /** What was changed since then: configuration, canary, index, restarts, models, what operators did. */
  readonly changes: (sinceMs: number) => readonly Change[];
  /** Told of what somebody who listens threw, or why figures could not be taken: the incident goes on without them. */
  readonly onFault: (error: unknown) => void;
  /** What figures are made of. */
  readonly measures: () => MeasureParts;
}

/** What somebody reports who has seen it himself, or what the objectives say. */
export interface Report {
  readonly type: IncidentType;
  /** Null: as the runbook's quick reference has it. */
  readonly severity: Severity | null;
  readonly description: string;
  /** Empty: those that such an incident usually concerns. */
  readonly components: readonly string[];
}

export interface By {
  /** A key's id, or `loopback`. */
  readonly by: string;
  /** The version that was seen: an incident that has changed since is left alone. */
  readonly expectedVersion?: number | undefined;
}

export interface IncidentStatus {
  readonly active: readonly Incident[];
  /** Opened within the last day, newest first, active ones among them. */
  readonly recent: readonly Incident[];
  readonly bySeverity: Readonly<Record<Severity, number>>;
  readonly record: RecordFaults & { readonly bytes: number; readonly waitingBytes: number };
}
