/** Which models and queries are to fail on purpose? Nothing of this happens unless the process was started for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { EngineError } from './errors.ts';

const faultSchema = z
  .strictObject({
    /** `query` is the whole of it, whichever models it needs. */
    target: z.enum(['reranker', 'embedder', 'query']),
    /** `hang` never answers; `nan` answers with what is no number. */
    kind: z.enum(['throw', 'hang', 'slow', 'nan']),
    /** What `slow` waits before a query's first answer, milliseconds. */
    ms: z.int().min(0).max(600_000).default(0),
    /** Only queries that are answered with this variant; null for all. */
    variant: z.string().nullable().default(null),
    /** Share of those that it meets. */
    percent: z.number().min(0.1).max(100).default(100),
  })
  .refine(({ target, kind }) => target !== 'query' || kind !== 'nan', {
    path: ['kind'],
    message: 'one of throw, hang, slow: a query is no model, and has no numbers to spoil',
  });

export const faultsSchema = z.array(faultSchema).max(64);
export type Fault = z.infer<typeof faultSchema>;

/** Meets queries with faults; of a share, every so many-th query is met, so that a share of few queries is one, too. */
export class Strikes {
  readonly #faults: readonly { readonly fault: Fault; due: number }[];

  constructor(faults: readonly Fault[]) {
    this.#faults = faults.map((fault) => ({ fault, due: 0 }));
  }

  get none(): boolean {
    return this.#faults.length === 0;
  }

  /** The first that is meant for a query which is answered with these variants; null where none is, or it is not its turn. */
  meeting(target: Fault['target'], variants: readonly string[]): Fault | null {
    const one = this.#faults.find(
      ({ fault }) => fault.target === target && (fault.variant === null || variants.includes(fault.variant)),
    );
    if (one === undefined) return null;
    one.due += one.fault.percent;
    if (one.due < 100 - TOLERANCE) return null;
    one.due -= 100;
    return one.fault;
  }
}

/** Shares such as 0.1 are no sum of powers of two. */
const TOLERANCE = 1e-9;

/**
 * Happens before a model of this thread is asked, or before anything of a query is done. What is no number is refused where it comes
 * from, as here.
 *
 * @throws EngineError model_failed, of a query internal
 */
export async function strike({ kind, target, ms }: Fault): Promise<void> {
  if (kind === 'hang') await new Promise(() => {});
  if (kind === 'slow') await sleep(ms);
  else if (target === 'query') throw new EngineError('internal', 'The query failed on purpose');
  else throw new EngineError('model_failed', `The ${target} ${kind === 'nan' ? 'answered NaN' : 'failed'} on purpose`);
}
