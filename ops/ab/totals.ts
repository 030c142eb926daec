/**
 * What lines added up to, as it is kept in `ab_totals.json`: evidence is gathered over weeks, and lines are rotated away in days, or in
 * minutes where many ask. What clicks were still waited for is not in it: that the lines say.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const count = z.number().min(0);

const armSchema = z.strictObject({
  requests: count,
  comparable: count,
  bad: z.strictObject({ error: count, slow: count, very_slow: count, empty: count, degraded: count }),
  impressions: count,
  clicked: count,
  clicks: count,
  /** Place and count, one after the other. */
  latencies: z.array(count),
});
export type ArmRecord = z.infer<typeof armSchema>;

const contestSchema = z.strictObject({
  A: z.string(),
  B: z.string(),
  shown: count,
  preference: z.strictObject({
    wins: z.strictObject({ A: count, B: count }),
    ties: count,
    strongest: count,
    better: z.enum(['A', 'B']).nullable(),
  }),
});

const totalsSchema = z.strictObject({
  version: z.literal(1),
  sinceMs: count,
  /** Of the lines before, all is in it. */
  untilMs: count,
  /** Clicks on what was shown from then on were waited for. */
  openFromMs: count,
  experiments: z.record(
    z.string(),
    z.strictObject({
      run: z.string(),
      sinceMs: count,
      /** By day since the epoch, and arm. */
      days: z.record(z.string(), z.record(z.string(), armSchema)),
      contests: z.array(contestSchema),
    }),
  ),
});
export type Totals = z.infer<typeof totalsSchema>;

const FILE = 'ab_totals.json';

/** Null where there are none, or none that can be read: the lines say what they can. */
export function readTotals(directory: string): Totals | null {
  try {
    const parsed = totalsSchema.safeParse(JSON.parse(readFileSync(join(directory, FILE), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** In the place of those before, whole or not at all. @returns whether the disk took them */
export function writeTotals(directory: string, totals: Totals): boolean {
  const path = join(directory, FILE);
  try {
    writeFileSync(`${path}.new`, JSON.stringify(totals));
    renameSync(`${path}.new`, path);
    return true;
  } catch {
    return false;
  }
}
