/** What an incident cost, in numbers; kept with it, since the rings forget. */
import { z } from 'zod';

const count = z.number();
const percentiles = z
  .object({ p50Ms: count, p90Ms: count, p95Ms: count, p99Ms: count, p999Ms: count, maxMs: count })
  .nullable();

const stretch = z.object({
  fromMs: count,
  toMs: count,
  /** Searches by what became of them: exact counts. `valid` are those that the caller did right and waited for. */
  requests: count,
  valid: count,
  failed: count,
  /** Answered, but later than the objective allows. */
  slow: count,
  limited: count,
  /** Of what was answered; null where nothing was. */
  latency: percentiles,
});
export type Stretch = z.infer<typeof stretch>;

const budget = z.object({
  objective: z.string(),
  bad: count,
  /** Events of the objective in the stretch. */
  total: count,
  /** Of the error budget of the objective's whole window; null where that had no events. */
  burnedPercent: count.nullable(),
  /** The same as minutes in which everything fails. */
  burnedMinutes: count.nullable(),
});
export type BudgetBurned = z.infer<typeof budget>;

const point = z.object({
  startMs: count,
  lengthMs: count,
  valid: count,
  failed: count,
  p50Ms: count.nullable(),
  p95Ms: count.nullable(),
});
export type Point = z.infer<typeof point>;

export const measuredSchema = z.object({
  /** Where the first bad second of the fault was seen; null where the record does not tell. */
  onsetMs: count.nullable(),
  before: stretch,
  during: stretch,
  after: stretch.nullable(),
  budgets: z.array(budget),
  /** Oldest first, for charts. */
  points: z.array(point),
});
export type Measured = z.infer<typeof measuredSchema>;
