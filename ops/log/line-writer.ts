/**
 * Lines for a file, written behind the callers' backs, in order: a burst never waits for the disk, and a disk that refuses costs
 * lines, never a request. What is lost is counted.
 */

/** Lines wait at most this many bytes of them for a write to begin. */
const GATHER_BYTES = 64 * 1024;
/** Bytes that may wait behind a slow disk; further lines are lost. */
const WAITING_BYTES_MAX = 4 * 2 ** 20;

/** Puts lines to the disk, at least one of those from the front, and takes off those that it put; rejects where the disk refuses. */
export type PutLines<Line> = (lines: readonly Line[]) => Promise<number>;

export class LineWriter<Line extends { readonly bytes: Buffer }> {
  readonly #put: PutLines<Line>;
  readonly #gatherMs: number;
  #lost = 0;
  #waiting: Line[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  /** The write that is under way; null between writes. */
  #writing: Promise<void> | null = null;

  /** @param gatherMs how long a line waits at most for others, unless the disk is slow */
  constructor(put: PutLines<Line>, gatherMs: number) {
    this.#put = put;
    this.#gatherMs = gatherMs;
  }

  /** Lines that could not be written. */
  get lost(): number {
    return this.#lost;
  }

  write(line: Line): void {
    if (this.#waitingBytes + line.bytes.length > WAITING_BYTES_MAX) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.bytes.length;
    if (this.#waitingBytes >= GATHER_BYTES) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), this.#gatherMs).unref();
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
      let lines = this.#waiting.splice(0);
      this.#waitingBytes = 0;
      while (lines.length > 0) lines = lines.slice(await this.#attempt(lines));
    }
    // In the same turn as the last look at the queue: a line that comes later finds no write under way and begins one.
    this.#writing = null;
  }

  /** How many lines are done with, written or lost. */
  async #attempt(lines: readonly Line[]): Promise<number> {
    try {
      return await this.#put(lines);
    } catch {
      this.#lost += lines.length;
      return lines.length;
    }
  }
}
