/** What is a channel? Something that a notice is given to, and that says what came of it. */
import type { Severity } from '../../incident-type.ts';
import type { Notice } from '../notice.ts';

export type Delivery =
  | { readonly kind: 'delivered' }
  /** There is nothing to tell this receiver of that state. */
  | { readonly kind: 'nothing' }
  /** May pass by itself. `afterMs` is what the receiver asked for; null where it did not say. */
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs: number | null }
  /** Will not be taken, however often it is sent. */
  | { readonly kind: 'never'; readonly reason: string };

export interface Channel {
  readonly name: string;
  readonly kind: string;
  /** Incidents that are less severe are not told here. */
  readonly severityMin: Severity;
  /** Whether it keeps changes beside incidents, and takes notices of these. */
  readonly takesChanges: boolean;
  /** Milliseconds from the beginning of one message to that of the next. */
  readonly paceMs: number;
  /**
   * Never rejects, and always comes to an end.
   *
   * @param key the same for each attempt at the same notice
   */
  send(notice: Notice, key: string): Promise<Delivery>;
  /** Tells again what goes on, for a receiver that forgets; null where it does not. At most one of `send` and this at a time. */
  readonly keepAlive: { readonly everyMs: number; post(active: readonly Notice[]): Promise<Delivery> } | null;
}
