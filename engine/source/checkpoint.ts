import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { EngineError } from '../errors.ts';
import { fsyncFolder, writeAll } from './post-log.ts';

const shape = z.object({
  format: z.literal(1),
  /** The only source of the store. */
  from: z.string(),
  /** Of the log these bytes belong to; a log with more compactions is newer than this checkpoint. */
  compactions: z.number().int().nonnegative(),
  /** Bytes of the log that were durable when this was written. */
  coveredBytes: z.number().int().nonnegative(),
  source: z
    .object({
      kind: z.enum(['wordpress', 'wxr', 'jsonl']),
      from: z.string(),
      complete: z.boolean(),
      cursor: z.json(),
    })
    .nullable(),
});

/** What `state.json` holds. */
export type Checkpoint = z.infer<typeof shape>;

/** Null when there is none. @throws EngineError index_damaged for one that cannot be read */
export function readCheckpoint(file: string): Checkpoint | null {
  if (!existsSync(file)) return null;
  try {
    return shape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new EngineError(
      'index_damaged',
      `Cannot read the checkpoint of the source: ${file}`,
      { file, remedy: 'Start anew with --replace' },
      error,
    );
  }
}

/** Replaces the file as a whole, durably: a crash leaves the old one or the new one. */
export function writeCheckpoint(file: string, checkpoint: Checkpoint): void {
  const fresh = `${file}.new`;
  const fd = openSync(fresh, 'w', 0o600);
  try {
    writeAll(fd, Buffer.from(`${JSON.stringify(checkpoint, null, 2)}\n`), 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(fresh, file);
  fsyncFolder(dirname(file));
}
