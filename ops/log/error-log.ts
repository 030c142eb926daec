/**
 * `api_errors.log`: one JSON object a line for every request that failed on our side. Rotated by size, the oldest dropped.
 *
 * A disk that refuses costs lines, never a request: what is lost is counted.
 */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface ErrorLogSettings {
  readonly directory: string;
  readonly fileBytesMax: number;
  /** Rotated files kept beside the one that is written. */
  readonly filesKept: number;
}

export interface ErrorEntry {
  readonly timeMs: number;
  readonly requestId: string;
  readonly endpoint: string;
  readonly code: string;
  readonly detail: string;
}

const NAME = 'api_errors.log';

export class ErrorLog {
  readonly #settings: ErrorLogSettings;
  readonly #path: string;
  #bytes: number;
  #lost = 0;

  constructor(settings: ErrorLogSettings) {
    this.#settings = settings;
    this.#path = join(settings.directory, NAME);
    try {
      mkdirSync(settings.directory, { recursive: true });
      this.#bytes = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    } catch {
      this.#bytes = 0;
    }
  }

  /** Lines that could not be written. */
  get lost(): number {
    return this.#lost;
  }

  write({ timeMs, ...entry }: ErrorEntry): void {
    const line = `${JSON.stringify({ time: new Date(timeMs).toISOString(), ...entry })}\n`;
    try {
      if (this.#bytes + line.length > this.#settings.fileBytesMax) this.#rotate();
      appendFileSync(this.#path, line);
      this.#bytes += Buffer.byteLength(line);
    } catch {
      this.#lost += 1;
    }
  }

  #rotate(): void {
    for (let n = this.#settings.filesKept; n > 0; n--) {
      const from = n === 1 ? this.#path : `${this.#path}.${n - 1}`;
      if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, `${this.#path}.${n}`);
    }
    this.#bytes = 0;
  }
}
