/** What may be set of clicks, and of what is written of searches: part of `canary`. */
import { z } from 'zod';

const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);

export const relevanceShape = {
  clickMinutes: int(1, 1440, 30, 'Time for which clicks on an answer count'),
  impressionsMax: int(
    1,
    10_000_000,
    50_000,
    'Answers on which clicks are waited for at once; beyond it the oldest are settled early',
  ),
  logLinesPerSecond: int(
    0,
    100_000,
    100,
    'Lines of ab_metrics.jsonl a second; further ones are skipped, and counted; 0 writes none',
  ),
  logQueries: z
    .boolean()
    .default(false)
    .describe('Whether ab_metrics.jsonl has the words that are looked for; otherwise a keyed hash of them'),
};

export type RelevanceSettings = z.infer<z.ZodObject<typeof relevanceShape>>;
