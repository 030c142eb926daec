/** What every benchmark leaves behind: one JSON shape, so that one report and one comparison serve all of them. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import { machineSchema } from './machine.ts';

/** One number of one subject under one condition, such as `bm25 warm` at `8 connections`: its median and its rounds. */
const measureSchema = z.object({
  subject: z.string(),
  condition: z.string(),
  /** With its unit: `requests/s`, `p99 ms`. */
  metric: z.string(),
  median: z.number(),
  rounds: z.array(z.number()),
});

/** Two numbers of the same round over each other: what stays when the machine is slow today. */
const ratioSchema = z.object({
  name: z.string(),
  better: z.enum(['higher', 'lower']),
  median: z.number(),
  rounds: z.array(z.number()),
});

const resultSchema = z.object({
  name: z.string(),
  /** Smoke values show that the benchmark runs; they measure nothing. */
  smoke: z.boolean(),
  /** What is measured, on what, and what is left out. */
  about: z.array(z.string()),
  machine: machineSchema,
  parameters: z.record(z.string(), z.union([z.number(), z.string(), z.array(z.number())])),
  seconds: z.number(),
  /** Of what the measured code answered: another hash is other work, and no comparison. */
  workSha256: z.string(),
  measures: z.array(measureSchema),
  ratios: z.array(ratioSchema),
});

export type Measure = z.infer<typeof measureSchema>;
export type Ratio = z.infer<typeof ratioSchema>;
export type BenchResult = z.infer<typeof resultSchema>;

/** Hash of values as JSON, in order. */
export function hashOf(values: Iterable<unknown>): string {
  const hash = createHash('sha256');
  for (const value of values) hash.update(`${JSON.stringify(value)}\n`);
  return hash.digest('hex');
}

export function writeResult(file: string, result: BenchResult): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}

/** @throws EngineError source_unreadable | source_invalid */
export function readResult(file: string): BenchResult {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new EngineError('source_unreadable', `Cannot read benchmark result: ${(error as Error).message}`, { file });
  }
  const parsed = resultSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue!.path.join('.') || 'result';
  throw new EngineError('source_invalid', `Cannot read benchmark result: ${field}: ${issue!.message}: ${file}`, {
    file,
    field,
    remedy: 'Write it again: wp-chat bench serving --out FILE',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
