/** What do the files of `ab_metrics.jsonl` say? Line by line, the oldest file first, so that a restart goes on from there. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LogSettings } from '../log/rotating-log.ts';
import { AB_LOG } from './ab-log.ts';
import { type AbLine, parseLine } from './line.ts';

/** Files that are not there, or cannot be read, are passed over; so are torn lines. Never rejects. */
export async function readAbLog({ directory, filesKept }: LogSettings, take: (line: AbLine) => void): Promise<void> {
  const path = join(directory, AB_LOG);
  for (let n = filesKept; n >= 0; n--) {
    const input = createReadStream(n === 0 ? path : `${path}.${n}`);
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
    const failed = new Promise<void>((resolve) => input.once('error', () => resolve(lines.close())));
    const read = (async () => {
      for await (const text of lines) {
        const line = parseLine(text);
        if (line !== null) take(line);
      }
    })();
    await Promise.race([read, failed]);
  }
}
