/** Files of a report, all in one folder that somebody has named. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../engine/errors.ts';

/**
 * Makes the folder, and in it what `make` writes. Returns the files.
 *
 * @throws EngineError request_invalid where the folder cannot be written
 */
export function writtenFiles(folder: string, make: (write: (name: string, text: string) => void) => void): string[] {
  const files: string[] = [];
  try {
    mkdirSync(folder, { recursive: true });
    make((name, text) => {
      const file = join(folder, name);
      writeFileSync(file, text);
      files.push(file);
    });
  } catch (error) {
    throw new EngineError('request_invalid', `--out: cannot write there: ${(error as Error).message}`, {
      field: 'out',
      value: folder,
      remedy: 'Name a folder that can be written',
    });
  }
  return files;
}
