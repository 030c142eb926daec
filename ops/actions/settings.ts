/** How much may the machine do about incidents by itself? */
import { z } from 'zod';

const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);

export const automaticSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether the runbook is begun without a person, as far as it can be taken back'),
  actionsPerHourMax: int(1, 1000, 20, 'Actions within an hour; further ones are left to people'),
  failuresMax: int(1, 100, 3, 'Actions in a row without effect, after which nothing is done for breakMs'),
  breakMs: int(1000, 86_400_000, 600_000, 'Time for which nothing is done then'),
  settleMs: int(1000, 3_600_000, 15_000, 'Time an action gets to show before the next step is taken'),
});
