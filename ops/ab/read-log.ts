/** What do the files of `ab_metrics.jsonl` say? Line by line, the oldest file first, so that a restart goes on from there. */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LogSettings } from '../log/rotating-log.ts';
import { AB_LOG } from './ab-log.ts';
import { type AbLine, parseLine, timeOf } from './line.ts';

/** Of the newest files together, whole ones: a start must not take as long as a disk is large. */
const BYTES_MAX = 128 * 2 ** 20;
/**
 * Files that are not there, or cannot be read, are passed over; so are torn lines. Never rejects.
 *
 * @param fromMs what was made before is not needed, milliseconds since the epoch: older files are not read
 */
export async function readAbLog(
  { directory, filesKept }: Pick<LogSettings, 'directory' | 'filesKept'>,
  fromMs: number,
  take: (line: AbLine) => void,
): Promise<void> {
  const path = join(directory, AB_LOG);
  const names = Array.from({ length: filesKept + 1 }, (_, n) => (n === 0 ? path : `${path}.${n}`));
  for (const name of needed(names, fromMs).reverse()) {
    const input = createReadStream(name);
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
    const failed = new Promise<void>((resolve) => input.once('error', () => resolve(lines.close())));
    const read = (async () => {
      for await (const text of lines) {
        const line = parseLine(text, fromMs);
        if (line !== null) take(line);
      }
    })();
    await Promise.race([read, failed]);
  }
}

/** Back to the first that begins before that moment. @param names the newest first */
function needed(names: readonly string[], fromMs: number): string[] {
  const found: string[] = [];
  let bytes = 0;
  for (const name of names) {
    const head = headOf(name);
    if (head === null) continue;
    bytes += head.bytes;
    if (bytes > BYTES_MAX && found.length > 0) break;
    found.push(name);
    if (timeOf(head.text) < fromMs) break;
  }
  return found;
}

const HEAD_BYTES = 64;

/** Null where it is not there, or cannot be read. */
function headOf(name: string): { readonly bytes: number; readonly text: string } | null {
  let file: number | null = null;
  try {
    file = openSync(name, 'r');
    const head = Buffer.alloc(HEAD_BYTES);
    return { bytes: fstatSync(file).size, text: head.toString('latin1', 0, readSync(file, head)) };
  } catch {
    return null;
  } finally {
    if (file !== null) closeSync(file);
  }
}
