/** Where did an answer's time go? Read off the end of its body without parsing the hits before it. */
import { z } from 'zod';
import { STAGES, type Stage } from '../../metrics/series.ts';

/** What a sweep measures of each answer. `service` is a worker's whole time with a query, the stages are its parts. */
export type Part = 'total' | 'queue' | 'service' | Stage;
export const PARTS: readonly Part[] = ['total', 'queue', 'service', ...STAGES];

/** Milliseconds by part, without `total`, which only the client can know. */
export type PartTimes = Readonly<Record<Exclude<Part, 'total'>, number>>;

const OPENING = '"timings":{';
const number = z.number().nonnegative();
const timingsSchema = z.object({
  queueMs: number,
  totalMs: number,
  ...(Object.fromEntries(STAGES.map((stage) => [`${stage}Ms`, number])) as Record<`${Stage}Ms`, typeof number>),
});

/** Null where the body is not that of a search. */
export function timingsIn(body: string): PartTimes | null {
  const at = body.lastIndexOf(OPENING);
  const end = body.indexOf('}', at);
  if (at < 0 || end < 0) return null;
  let value: unknown;
  try {
    value = JSON.parse(body.slice(at + OPENING.length - 1, end + 1));
  } catch {
    return null;
  }
  const { success, data } = timingsSchema.safeParse(value);
  if (!success) return null;
  const stages = Object.fromEntries(STAGES.map((stage) => [stage, data[`${stage}Ms`]])) as Record<Stage, number>;
  return { ...stages, queue: data.queueMs, service: Math.max(0, data.totalMs - data.queueMs) };
}

const DEGRADED = '"degraded":["';

/** Whether the answer is less than what was asked for: under load, a server that drops stages is quick. */
export const isDegraded = (body: string): boolean => body.includes(DEGRADED);
