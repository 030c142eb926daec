/** A log file of one JSON object a line, rotated by size, the oldest dropped. */
import { mkdirSync, statSync } from 'node:fs';
import { appendFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { LineWriter } from './line-writer.ts';

export interface LogSettings {
  readonly directory: string;
  readonly fileBytesMax: number;
  /** Rotated files kept beside the one that is written. */
  readonly filesKept: number;
  /** Whether its disk is to have no room, on purpose. */
  readonly full?: () => boolean;
}

interface Line {
  readonly bytes: Buffer;
}

const GATHER_MS = 100;

export class RotatingLog {
  readonly #settings: LogSettings;
  readonly #path: string;
  readonly #writer = new LineWriter<Line>((lines) => this.#put(lines), GATHER_MS);
  #fileBytes: number;

  /** @param name of the file, such as `api_errors.log` */
  constructor(name: string, settings: LogSettings) {
    this.#settings = settings;
    this.#path = join(settings.directory, name);
    try {
      mkdirSync(settings.directory, { recursive: true });
      this.#fileBytes = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    } catch {
      this.#fileBytes = 0;
    }
  }

  /** Lines that could not be written. */
  get lost(): number {
    return this.#writer.lost;
  }

  /** Takes a line; it is on its way to the disk a tenth of a second later at the latest, unless the disk is slow. */
  write(entry: object): void {
    this.#writer.write({ bytes: Buffer.from(`${JSON.stringify(entry)}\n`) });
  }

  /** Never rejects; resolves when every line that was taken before is written or counted as lost. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Writes as many lines as the file has room for, at least one. */
  async #put(lines: readonly Line[]): Promise<number> {
    const { fileBytesMax } = this.#settings;
    const full = this.#fileBytes > 0 && this.#fileBytes + lines[0]!.bytes.length > fileBytesMax;
    let count = 1;
    let bytes = lines[0]!.bytes.length;
    const room = fileBytesMax - (full ? 0 : this.#fileBytes);
    while (count < lines.length && bytes + lines[count]!.bytes.length <= room) bytes += lines[count++]!.bytes.length;
    if (this.#settings.full?.() === true) throw Object.assign(new Error('No space left on device'), { code: 'ENOSPC' });
    if (full) await this.#rotate();
    await appendFile(this.#path, Buffer.concat(lines.slice(0, count).map((line) => line.bytes)));
    this.#fileBytes += bytes;
    return count;
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
