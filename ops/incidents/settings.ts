/** When is a fault over, when may it be called over, and how much is remembered of it? */
import { z } from 'zod';

const seconds = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(`${about}, seconds`);

export const incidentsSchema = z.strictObject({
  graceS: seconds(0, 3600, 120, 'A symptom that came so long before its cause becomes part of it'),
  calmS: seconds(1, 3600, 30, 'Without any sign until it counts as mitigated; longer for what comes back'),
  calmSMax: seconds(1, 86_400, 1800, 'Most that becomes of that'),
  severityFallS: seconds(0, 86_400, 600, 'Less severe without a break until the severity falls'),
  autoResolve: z.boolean().default(true).describe('Whether what nobody acknowledged is resolved by itself'),
  resolveS: seconds(1, 604_800, 900, 'Without any sign until it is resolved by itself; longer for what comes back'),
  reopenS: seconds(0, 86_400, 1800, 'The same fault is the same incident again within so long after it was resolved'),
  insistS: seconds(1, 86_400, 300, 'What still fires so long after an operator called it over is opened again'),
  fileBytesMax: z
    .int()
    .min(2 ** 16)
    .max(2 ** 30)
    .default(4 * 2 ** 20)
    .describe('Size of logs/incidents.jsonl beyond which what is long over is shortened; it is also held in memory'),
  retentionDays: z.int().min(1).max(3650).default(90).describe('Days for which a resolved incident is kept whole'),
});

export type IncidentSettings = z.infer<typeof incidentsSchema>;
