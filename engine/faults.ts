/** Which models are to fail on purpose? Nothing of this happens unless the process was started for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { EngineError } from './errors.ts';

const faultSchema = z.strictObject({
  target: z.enum(['reranker', 'embedder']),
  /** `hang` never answers; `nan` answers with what is no number. */
  kind: z.enum(['throw', 'hang', 'slow', 'nan']),
  /** What `slow` waits before a query's first answer, milliseconds. */
  ms: z.int().min(0).max(600_000).default(0),
  /** Only queries that are answered with this variant; null for all. */
  variant: z.string().nullable().default(null),
});

export const faultsSchema = z.array(faultSchema).max(64);
export type Fault = z.infer<typeof faultSchema>;

/** The one that meets a query that is answered with these variants; null where none does. */
export const faultFor = (
  faults: readonly Fault[],
  target: Fault['target'],
  variants: readonly string[],
): Fault | null =>
  faults.find((fault) => fault.target === target && (fault.variant === null || variants.includes(fault.variant))) ??
  null;

/** Happens before a model of this thread is asked. What is no number is refused where it comes from, as here. @throws EngineError model_failed */
export async function strike({ kind, target, ms }: Fault): Promise<void> {
  if (kind === 'hang') await new Promise(() => {});
  if (kind === 'slow') await sleep(ms);
  else throw new EngineError('model_failed', `The ${target} ${kind === 'nan' ? 'answered NaN' : 'failed'} on purpose`);
}
