/**
 * What does the cache keep over a restart? Answers appended to two files in turn: when one is full the older one goes.
 *
 * Nobody waits for it. What a slow disk does not take is dropped and counted; a disk that fails is left alone for a while.
 */
import { appendFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../engine/clock.ts';
import { recordBytes, recordsIn, type SpillRecord } from './spill-record.ts';
import type { Spilling, Stored } from './stored.ts';

export interface SpillSettings {
  readonly directory: string;
  /** Of both files. */
  readonly bytesMax: number;
  /** What answers over a generation depend on beside the question. */
  readonly scope: (generation: string) => string;
  /** The generation that answers now: answers over others are foreign to who restores. */
  readonly serving: () => string;
  readonly clock: Clock;
  /** Told each time the disk fails. */
  readonly failed: () => void;
}

const CURRENT = 'answers.spill';
const OLDER = 'answers.older.spill';
/** Bytes that wait for the disk. */
const WAITING_BYTES_MAX = 8 * 2 ** 20;
const PAUSE_US = 5_000_000;

export class Spill implements Spilling {
  /** Records, but for `bytes` and `failures`. */
  readonly stats = { bytes: 0, written: 0, lost: 0, restored: 0, torn: 0, foreign: 0, failures: 0 };
  readonly #settings: SpillSettings;
  readonly #current: string;
  readonly #older: string;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #currentBytes = 0;
  #olderBytes = 0;
  #pausedUntilUs = Number.NEGATIVE_INFINITY;
  /** One thing after the other. */
  #work: Promise<void> = Promise.resolve();
  #scheduled = false;

  constructor(settings: SpillSettings) {
    this.#settings = settings;
    this.#current = join(settings.directory, CURRENT);
    this.#older = join(settings.directory, OLDER);
  }

  put(key: string, { answer, hadAtUs }: Stored): void {
    const { clock, scope, bytesMax } = this.#settings;
    const wallMs = clock.wallMs() - (clock.nowUs() - hadAtUs) / 1000;
    const bytes = recordBytes({ scope: scope(answer.generation), key, wallMs, answer });
    const fits = bytes.length <= bytesMax / 2 && this.#waitingBytes + bytes.length <= WAITING_BYTES_MAX;
    if (!fits || clock.nowUs() < this.#pausedUntilUs) {
      this.stats.lost += 1;
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#then(() => this.#write());
  }

  clear(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#then(async () => {
      await Promise.all([rm(this.#current, { force: true }), rm(this.#older, { force: true })]);
      this.#currentBytes = 0;
      this.#olderBytes = 0;
    });
  }

  /** Hands out what was kept, oldest first; the last one of a key counts. Never rejects. */
  restore(take: (record: SpillRecord) => void): Promise<void> {
    this.#then(async () => {
      await mkdir(this.#settings.directory, { recursive: true });
      this.#olderBytes = await this.#read(this.#older, take);
      this.#currentBytes = await this.#read(this.#current, take);
    });
    return this.flush();
  }

  /** Never rejects; resolves when everything before is on the disk, or lost. */
  async flush(): Promise<void> {
    await this.#work;
  }

  #then(act: () => Promise<void>): void {
    this.#work = this.#work
      .then(act)
      .catch(() => {
        this.stats.failures += 1;
        this.#pausedUntilUs = this.#settings.clock.nowUs() + PAUSE_US;
        this.#settings.failed();
      })
      .then(() => {
        this.stats.bytes = this.#currentBytes + this.#olderBytes;
      });
  }

  async #read(path: string, take: (record: SpillRecord) => void): Promise<number> {
    const bytes = await sizeOf(path);
    if (bytes > this.#settings.bytesMax / 2) {
      // Left by a larger limit, or not by us.
      await rm(path);
      this.stats.torn += 1;
      return 0;
    }
    if (bytes === 0) return 0;
    const torn = (): void => {
      this.stats.torn += 1;
    };
    const scope = this.#settings.scope(this.#settings.serving());
    for (const record of recordsIn(await readFile(path), torn)) {
      if (record.scope !== scope) this.stats.foreign += 1;
      else {
        this.stats.restored += 1;
        take(record);
      }
    }
    return bytes;
  }

  async #write(): Promise<void> {
    this.#scheduled = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    let written = 0;
    try {
      for (const part of partsOf(waiting, this.#settings.bytesMax / 2 - this.#currentBytes)) {
        await this.#append(Buffer.concat(part));
        written += part.length;
      }
    } finally {
      this.stats.written += written;
      this.stats.lost += waiting.length - written;
    }
  }

  async #append(bytes: Buffer): Promise<void> {
    if (this.#currentBytes + bytes.length > this.#settings.bytesMax / 2) {
      await rename(this.#current, this.#older);
      this.#olderBytes = this.#currentBytes;
      this.#currentBytes = 0;
    }
    try {
      await appendFile(this.#current, bytes, { mode: 0o600 });
    } finally {
      // A write that failed may have left a part.
      this.#currentBytes = await sizeOf(this.#current);
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** What goes into the file that is open, and one by one what may open another. */
function* partsOf(records: readonly Buffer[], room: number): Generator<Buffer[]> {
  const fits: Buffer[] = [];
  let bytes = 0;
  let at = 0;
  while (at < records.length && bytes + records[at]!.length <= room) {
    bytes += records[at]!.length;
    fits.push(records[at]!);
    at += 1;
  }
  if (fits.length > 0) yield fits;
  for (; at < records.length; at++) yield [records[at]!];
}
