/**
 * Lines of a file, each durable before anyone is told that it is.
 *
 * Lines that come while others are being written wait and go together (group commit: DeWitt et al., SIGMOD 1984). A disk that
 * refuses costs no line: those that wait are kept and tried again with the next one. A file that refused a write or a sync is never
 * written again, since nobody knows what of it is on the disk (Rebello et al., "Can Applications Recover from fsync Failures?",
 * ATC 2020): its sound beginning and what waits become a new file that takes its place. What a crash tore off is left out the same way.
 */
import { dirname } from 'node:path';
import type { RecordDisk, RecordOutput } from './disk.ts';

interface Line {
  readonly bytes: Uint8Array;
  /** Null when it has been called. */
  tell: ((durable: boolean) => void) | null;
}

const PATIENCE_MS = 5000;

/** A file that is to take another's place, while it is written. */
const PART = '.part';

export class DurableLines {
  readonly #disk: RecordDisk;
  readonly #path: string;
  /** How much of the file is known to be whole and synced. */
  #soundBytes: number;
  /** Whether nothing lies behind that. */
  #sound: boolean;
  /** Whether the file's name, and what was found in it, is on the disk for certain. */
  #named = false;
  /** A process that was killed may have left bytes that are not on the disk yet: who has read them relies on them. */
  #settled: boolean;
  #moved: boolean;
  #output: RecordOutput | null = null;
  #waiting: Line[] = [];
  #waitingBytes = 0;
  /** Their bytes are synced, the name of their file is not yet. */
  #unnamed: Line[] = [];
  #compact: (() => Uint8Array) | null = null;
  #working: Promise<void> | null = null;
  #refusals = 0;

  /**
   * @param found bytes of the file, null where there is none
   * @param soundBytes how much of them counts
   * @param moved whether a file of that name was just moved away: until that is on the disk, a new one could take its only name
   */
  constructor(disk: RecordDisk, path: string, found: number | null, soundBytes = found ?? 0, moved = false) {
    this.#disk = disk;
    this.#path = path;
    this.#soundBytes = soundBytes;
    this.#sound = soundBytes === (found ?? 0);
    this.#settled = found === null;
    this.#moved = moved;
  }

  /** Size of the file with all that waits for it. */
  get bytes(): number {
    return this.#soundBytes + this.#waitingBytes;
  }

  /** Bytes of lines that are not on the disk. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Attempts that the disk refused. */
  get refusals(): number {
    return this.#refusals;
  }

  /**
   * @returns true when it is durable; false when the disk refused it, or has not said so for five seconds: then it is kept, and tried
   * again with the next one
   */
  append(bytes: Uint8Array): Promise<boolean> {
    this.#waitingBytes += bytes.length;
    return new Promise((resolve) => {
      const line: Line = {
        bytes,
        tell: (durable) => {
          clearTimeout(timer);
          resolve(durable);
        },
      };
      // A disk that hangs must not keep anybody waiting who has acted.
      const timer = setTimeout(() => tell([line], false), PATIENCE_MS).unref();
      this.#waiting.push(line);
      this.#begin();
    });
  }

  /**
   * Puts another content in the place of all lines.
   *
   * @param content called when its turn comes; must hold what of all lines that were appended so far is to stay
   */
  replace(content: () => Uint8Array): Promise<void> {
    this.#compact = content;
    this.#begin();
    return this.flush();
  }

  /** Tries what waits, and makes what was found durable. Never rejects; resolves when nothing is under way. */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0 || this.#compact !== null || !this.#settled) this.#begin();
    await this.#working;
  }

  /** Writes what waits, as far as the disk takes it, and lets the file go. */
  async close(): Promise<void> {
    await this.flush();
    await this.#letGo();
  }

  #begin(): void {
    // In the next microtask, so that lines of the same turn go together.
    this.#working ??= Promise.resolve().then(() => this.#work());
  }

  async #work(): Promise<void> {
    let taken = true;
    do {
      const tried = this.#waiting.slice();
      try {
        await this.#attempt(tried);
        taken = true;
      } catch {
        taken = false;
        this.#refusals += 1;
        this.#sound = false;
        await this.#letGo();
        tell([...tried, ...this.#unnamed], false);
      }
      // What came meanwhile has not been tried yet.
    } while (this.#waiting.some((line) => line.tell !== null) || (taken && this.#compact !== null));
    this.#working = null;
  }

  async #attempt(lines: readonly Line[]): Promise<void> {
    if (this.#moved) await this.#disk.syncFolder(dirname(this.#path));
    this.#moved = false;
    if (this.#compact !== null || !this.#sound) await this.#renew(lines);
    else if (lines.length > 0 || !this.#settled) await this.#add(Buffer.concat(lines.map(({ bytes }) => bytes)));
    this.#waiting.splice(0, lines.length);
    this.#unnamed.push(...lines);
    for (const { bytes } of lines) this.#waitingBytes -= bytes.length;
    if (!this.#named) await this.#disk.syncFolder(dirname(this.#path));
    this.#named = true;
    tell(this.#unnamed.splice(0), true);
  }

  async #add(bytes: Uint8Array): Promise<void> {
    this.#output ??= await this.#disk.open(this.#path, 'append');
    await this.#output.write(bytes);
    await this.#output.sync();
    this.#settled = true;
    this.#soundBytes += bytes.length;
  }

  async #renew(lines: readonly Line[]): Promise<void> {
    const compact = this.#compact;
    const bytes = compact === null ? await this.#soundContent(lines) : compact();
    const part = this.#path + PART;
    const output = await this.#disk.open(part, 'create');
    try {
      await output.write(bytes);
      await output.sync();
    } finally {
      await output.close();
    }
    await this.#letGo();
    await this.#disk.rename(part, this.#path);
    if (this.#compact === compact) this.#compact = null;
    this.#named = false;
    this.#sound = true;
    this.#settled = true;
    this.#soundBytes = bytes.length;
  }

  async #soundContent(lines: readonly Line[]): Promise<Uint8Array> {
    const before = this.#soundBytes === 0 ? new Uint8Array(0) : await this.#disk.read(this.#path);
    return Buffer.concat([before.subarray(0, this.#soundBytes), ...lines.map(({ bytes }) => bytes)]);
  }

  async #letGo(): Promise<void> {
    const output = this.#output;
    this.#output = null;
    try {
      await output?.close();
    } catch {
      // Nothing is lost with it: what was synced is on the disk, and the rest is tried again.
    }
  }
}

function tell(lines: readonly Line[], durable: boolean): void {
  for (const line of lines) {
    line.tell?.(durable);
    line.tell = null;
  }
}
