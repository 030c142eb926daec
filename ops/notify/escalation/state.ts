/** What the escalation remembers from one look to the next: plain values, kept on the disk together with the notices that came of them. */
import type { Severity } from '../../incident-type.ts';
import type { Notice } from '../notice.ts';

/** An incident of which somebody is to be told, until its end was told. */
export interface Track {
  readonly id: string;
  readonly reopened: number;
  /** Notices so far: with the id it makes the key of each. */
  readonly count: number;
  /** Level that was called last, 1 to 4; 0 before. */
  readonly level: number;
  /** Level that is called next; one behind the last begins anew. */
  readonly nextLevel: number;
  /** How often it began anew. */
  readonly repeats: number;
  /** When the next call is due; null where none is: mitigated, called often enough, or nobody to call. */
  readonly dueMs: number | null;
  /** What that call says. */
  readonly next: 'opened' | 'escalated' | 'reopened';
  /** The worst that was called about; null before. */
  readonly severity: Severity | null;
  /** The last acknowledgement that was seen. */
  readonly acknowledgedMs: number | null;
  readonly mitigated: boolean;
  /** Channels that were told, and have to be told the end. */
  readonly told: readonly string[];
  /** As it was told last; null before. */
  readonly last: Notice | null;
}

/** What the budget kept back is told in one notice, which ends an hour after it began. */
export interface Digest {
  readonly notice: Notice;
  readonly count: number;
  readonly lastMs: number;
  readonly told: readonly string[];
}

export interface EscalationState {
  readonly tracks: readonly Track[];
  /** When calls were made in the hour before, oldest first. */
  readonly callsMs: readonly number[];
  readonly digest: Digest | null;
}

export const NOTHING_YET: EscalationState = { tracks: [], callsMs: [], digest: null };

/** What is to be sent, and where. */
export interface Dispatch {
  /** Another one for each notice; the same when the same step is made again. */
  readonly key: string;
  readonly notice: Notice;
  readonly channels: readonly string[];
}
