/** What parts of the process may ask of incidents, and what incidents ask of those who act on them. */
import type { ActionRunner, Risk } from '../../ops/actions/index.ts';

import type { Change, Heard, Incident, IncidentKeeper } from '../../ops/incidents/index.ts';
import type { Verdict } from '../../ops/index.ts';
import type { AuditDesk } from '../audit/index.ts';

/** Who did what. Secrets among the parameters are not written. */
export type Audit = Pick<AuditDesk, 'append' | 'refused' | 'head' | 'lost'>;

export interface Incidents {
  /** The one that counts now. Asked for each time: another takes its place when this process takes the record over from one that is gone. */
  readonly keeper: IncidentKeeper;
  readonly audit: Audit;
  /** Why nothing is kept on the disk; null where it is. */
  readonly unkept: string | null;
  /** Something of the process has changed: it is a suspect for the next hour. Its time is now. */
  changed(change: Omit<Change, 'timeMs'>): void;
  /** Calls when something counts, whichever keeper has it. @returns what ends that */
  subscribe(listener: (heard: Heard) => void): () => void;
  /** To be called after each step of the judge, and about once a second where there is none. */
  step(seen: Seen): void;
  /** Resolves when what is to be kept is on the disk, or lost. Never rejects. */
  close(): Promise<void>;
}

export interface Seen {
  readonly verdicts: readonly Verdict[];
  /** On the clock of `Verdict.sinceS`. */
  readonly uptimeS: number;
  /** Milliseconds since the epoch. */
  readonly wallMs: number;
}

/** What may be done about an incident, as it is told: names are those that callers of the runbook know. */
export interface Procedure {
  readonly action_id: string;
  readonly name: string;
  readonly description: string;
  /** How the same is asked for by hand. */
  readonly command: string;
  /** JSON schema of what it takes. */
  readonly parameters: object;
  readonly requires_confirmation: boolean;
  /** Seconds after which it is given up. */
  readonly estimated_time: number;
  readonly risk: Risk;
  /** Whether the machine does it by itself at the severity that the incident has. */
  readonly automatic: boolean;
  /** Why it must not be done now; null where it may. */
  readonly objection: string | null;
  /** What would happen, a sentence each. */
  readonly preview: readonly string[];
}

/** Whoever does what the runbook says. */
export interface IncidentActions {
  /** In the runbook's order. */
  procedures(incident: Incident): Promise<readonly Procedure[]>;
  readonly runner: Pick<ActionRunner, 'execute' | 'preview' | 'undo' | 'records'>;
}
