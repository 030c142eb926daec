/** Which models are to fail on purpose? Nothing of this happens unless the process was started for it. */
import { z } from 'zod';

/** `hang` never answers; `nan` answers with what is no number. */
const faultSchema = z.strictObject({
  target: z.enum(['reranker', 'embedder']),
  kind: z.enum(['throw', 'hang', 'slow', 'nan']),
  /** What `slow` waits before a query's first answer, milliseconds. */
  ms: z.int().min(0).max(600_000).default(0),
  /** Only queries that are answered with this variant; null for all. */
  variant: z.string().nullable().default(null),
});

export const faultsSchema = z.array(faultSchema).max(64);
export type Fault = z.infer<typeof faultSchema>;
