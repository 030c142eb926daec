/**
 * Who goes first when not all can? People before programs, programs before what nobody waits for.
 *
 * A request says so in `Priority: u=0 … u=7` (RFC 9218; 3 where it says nothing). Anyone may stand back; only whom we know may step
 * forward, or everybody would.
 */

/** Most urgent first. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

const URGENCY = /(?:^|[,\s])u=([0-7])(?:$|[\s,;])/;
const URGENCY_USUAL = 3;

export interface Standing {
  readonly headers: ReadonlyMap<string, string>;
  /** Many questions at once: a program asks. */
  readonly batch: boolean;
  /** Whether it came with a good key. */
  readonly known: boolean;
}

export function priorityOf({ headers, batch, known }: Standing): Priority {
  if (headers.get('sec-purpose')?.includes('prefetch') === true) return 'low';
  const said = headers.get('priority');
  const urgency = said === undefined ? null : URGENCY.exec(said);
  if (urgency === null) return batch ? 'low' : 'normal';
  const u = Number(urgency[1]);
  if (u > URGENCY_USUAL) return 'low';
  if (u < URGENCY_USUAL && known) return 'high';
  return batch ? 'low' : 'normal';
}
