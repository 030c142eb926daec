/** What of the handling of overload can be set? */
import { z } from 'zod';

const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);

export const overloadSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether answers get simpler, and then fewer, when more is asked than can be done'),
  queueDelayTargetMs: int(5, 60_000, 100, 'A queue that has not been empty for so long is one too many'),
  queueDelayMaxMs: int(
    10,
    60_000,
    1000,
    'Wait in such a queue beyond which a query is refused, where simpler answers do not help',
  ),
  concurrencyMin: int(1, 100_000, 20, 'Queries that may always be inside at once, a worker on them or waiting for one'),
  ladder: z.boolean().default(true).describe('Whether answers get simpler before any is refused'),
  stepDownMs: int(100, 60_000, 500, 'Time between two steps towards simpler answers'),
  stepUpMs: int(100, 600_000, 500, 'Time between two steps back'),
  candidatesFewer: int(10, 1000, 50, 'Passages a leg, where there are to be fewer'),
  rerankDepthFewer: int(1, 200, 8, 'Results that are reranked, where there are to be fewer'),
});

export type OverloadSettings = z.infer<typeof overloadSchema>;
