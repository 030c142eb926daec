/** What parts of the process may ask of its incidents. */

import type { Change, Heard, IncidentKeeper } from '../../ops/incidents/index.ts';
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
  /** Calls with what was changed lately, and with each change from now on. @returns what ends that */
  followChanges(listener: (change: Change) => void): () => void;
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
