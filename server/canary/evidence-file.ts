/**
 * What had been seen of each experiment before the process was started again? Written now and then behind the backs of requests: what a crash
 * loses of it is evidence that is gathered once more, never a decision.
 */

import { readFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { sealed, unsealed } from './state-file.ts';
import { type WatchedRecord, watchedSchema } from './watched.ts';

const recordsSchema = z.record(z.string(), watchedSchema);

export class EvidenceFile {
  readonly path: string;
  /** Told why it could not be written. */
  readonly #failed: (reason: string) => void;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, failed: (reason: string) => void) {
    this.path = path;
    this.#failed = failed;
  }

  /** Empty where there is none, or none that can be read. */
  read(): ReadonlyMap<string, WatchedRecord> {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch {
      return new Map();
    }
    const parsed = recordsSchema.safeParse(unsealed(text));
    return new Map(parsed.success ? Object.entries(parsed.data) : []);
  }

  /** Never rejects; resolves when it is written, or could not be. */
  write(records: Record<string, object>): Promise<void> {
    const text = sealed(records);
    this.#writing = this.#writing.then(() => this.#put(text)).catch((error: Error) => this.#failed(error.message));
    return this.#writing;
  }

  async #put(text: string): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const part = `${this.path}.part`;
    const file = await open(part, 'w');
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(part, this.path);
  }
}
