/** Who asks, how often, and for what: one kind of caller, evenly spread, so that what is seen is the fault's doing and not chance's. */

export interface Lane {
  readonly name: string;
  readonly perSecond: number;
  /** `invalid` asks for what cannot be answered (400). */
  readonly kind: 'search' | 'invalid';
  /** As a query string, beside `q`. */
  readonly parameters: string;
  /** Share of questions that were not asked before, 0 to 1: others may be answered from memory. */
  readonly fresh: number;
  /** The address it comes from, as a proxy would say it; null for this machine, which is never limited. */
  readonly client: string | null;
  /** Whether its answers are those by which the service is judged. */
  readonly counts: boolean;
}

/** What became of the requests of all lanes that ended in a second. */
export interface LoadSecond {
  /** Its end, milliseconds since the epoch. */
  readonly atMs: number;
  /** Of lanes that count. */
  readonly answered: number;
  readonly failed: number;
  /** Of those answered, with less than was asked for. */
  readonly degraded: number;
  /** Answers from when they were due, milliseconds, 95th percentile; null where there was none. */
  readonly p95Ms: number | null;
  /** Of all lanes: refused by limits, and for what they asked. */
  readonly limited: number;
  readonly invalid: number;
}
