/** What did a server say of its objectives before it fell silent? The last whole line of `slo_metrics.jsonl`. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { z } from 'zod';

const recordSchema = z.object({
  time: z.iso.datetime(),
  objectives: z
    .array(
      z.object({
        name: z.string().min(1),
        good: z.int().min(0),
        total: z.int().min(0),
        budgetLeftPercent: z.number(),
      }),
    )
    .min(1),
});

/** What is needed of a line; it may hold more. */
export type SloRecord = z.infer<typeof recordSchema>;

export interface LastRecord {
  readonly file: string;
  /** Null where no line is a record. */
  readonly record: SloRecord | null;
  /** Lines after it that are torn or none of ours. */
  readonly skippedLines: number;
}

/** Lines are some hundred bytes: that many records stand in so much of the end of a file. */
const TAIL_BYTES = 2 ** 20;

/** @throws as `openSync` where the file cannot be read */
export function lastRecord(file: string): LastRecord {
  const lines = tailOf(file)
    .split('\n')
    .filter((line) => line.trim() !== '');
  for (let at = lines.length - 1; at >= 0; at--) {
    const record = recordOf(lines[at]!);
    if (record !== null) return { file, record, skippedLines: lines.length - 1 - at };
  }
  return { file, record: null, skippedLines: lines.length };
}

function tailOf(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const read = readSync(handle, tail, 0, tail.length, size - tail.length);
    return tail.toString('utf8', 0, read);
  } finally {
    closeSync(handle);
  }
}

function recordOf(line: string): SloRecord | null {
  try {
    return recordSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
