/**
 * `api_errors.log`: one JSON object a line for every request that failed on our side. Rotated by size, the oldest dropped.
 *
 * Lines are gathered and written behind the requests' backs, in order, so that a burst of failures never waits for the disk.
 * A disk that refuses costs lines, never a request: what is lost is counted.
 */
import { mkdirSync, statSync } from 'node:fs';
import { appendFile, rename } from 'node:fs/promises';
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
/** Lines wait at most this long, and at most this many bytes of them, for a write to begin. */
const GATHER_MS = 100;
const GATHER_BYTES = 64 * 1024;
/** Bytes that may wait behind a slow disk; further lines are lost. */
const WAITING_BYTES_MAX = 4 * 2 ** 20;

export class ErrorLog {
  readonly #settings: ErrorLogSettings;
  readonly #path: string;
  #fileBytes: number;
  #lost = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  /** The write that is under way; null between writes. */
  #writing: Promise<void> | null = null;

  constructor(settings: ErrorLogSettings) {
    this.#settings = settings;
    this.#path = join(settings.directory, NAME);
    try {
      mkdirSync(settings.directory, { recursive: true });
      this.#fileBytes = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    } catch {
      this.#fileBytes = 0;
    }
  }

  /** Lines that could not be written. */
  get lost(): number {
    return this.#lost;
  }

  /** Takes a line; it is on its way to the disk a tenth of a second later at the latest, unless the disk is slow. */
  write({ timeMs, ...entry }: ErrorEntry): void {
    const line = Buffer.from(`${JSON.stringify({ time: new Date(timeMs).toISOString(), ...entry })}\n`);
    if (this.#waitingBytes + line.length > WAITING_BYTES_MAX) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes >= GATHER_BYTES) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS).unref();
  }

  /** Writes what waits. Never rejects; resolves when every line that was taken before is written or counted as lost. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#writing === null && this.#waiting.length > 0) this.#writing = this.#drain();
    return this.#writing ?? Promise.resolve();
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting.splice(0);
      this.#waitingBytes = 0;
      while (lines.length > 0) await this.#append(lines);
    }
    // In the same turn as the last look at the queue: a line that comes later finds no write under way and begins one.
    this.#writing = null;
  }

  /** Takes as many lines off the front as the file has room for, at least one. */
  async #append(lines: Buffer[]): Promise<void> {
    const { fileBytesMax } = this.#settings;
    const full = this.#fileBytes > 0 && this.#fileBytes + lines[0]!.length > fileBytesMax;
    let count = 1;
    let bytes = lines[0]!.length;
    const room = fileBytesMax - (full ? 0 : this.#fileBytes);
    while (count < lines.length && bytes + lines[count]!.length <= room) bytes += lines[count++]!.length;
    const part = lines.splice(0, count);
    try {
      if (full) await this.#rotate();
      await appendFile(this.#path, Buffer.concat(part));
      this.#fileBytes += bytes;
    } catch {
      this.#lost += count;
    }
  }

  async #rotate(): Promise<void> {
    for (let n = this.#settings.filesKept; n > 0; n--) {
      const from = n === 1 ? this.#path : `${this.#path}.${n - 1}`;
      await rename(from, `${this.#path}.${n}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
    this.#fileBytes = 0;
  }
}
