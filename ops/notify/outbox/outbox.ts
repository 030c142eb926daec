/**
 * Notices that have to be delivered, whatever happens to this process.
 *
 * What was put is on the disk when {@link Outbox.commit} returns, together with what its user wants to find again. That something was
 * delivered is written after it was: a crash between the two makes it be delivered again, and never lose anything.
 *
 * A disk that refuses keeps nobody from being called: what could not be written is delivered from memory, {@link Outbox.fault} says
 * so, and each further change tries to write everything anew.
 */
import { dirname, join } from 'node:path';
import type { Notice } from '../notice.ts';
import { type Change, Contents, type DeadLetter, type Entry } from './contents.ts';
import { ensureFolder, type OutboxDisk, type Output, replaceFile } from './disk.ts';
import { decodeLines, encodeLine } from './lines.ts';

export interface OutboxTerms {
  readonly disk: OutboxDisk;
  readonly folder: string;
  readonly waitingMax: number;
  readonly deadLettersMax: number;
}

export interface Parcel {
  readonly key: string;
  readonly channel: string;
  readonly notice: Notice;
}

const FILE = 'outbox.log';
/** The file is written anew when it is this large and four times what it would be then. */
const COMPACT_BYTES_MIN = 256 * 1024;
const COMPACT_FACTOR = 4;

export class Outbox {
  /** Lines that somebody damaged, found when it was opened. */
  readonly damaged: number;
  readonly #disk: OutboxDisk;
  readonly #path: string;
  readonly #waitingMax: number;
  readonly #contents: Contents;
  /** Null where the last write failed, and what it left is not known. */
  #output: Output | null = null;
  #bytes = 0;
  #compactBytes = COMPACT_BYTES_MIN;
  #fault: string | null = null;

  /** @throws errors of the disk where what is there cannot be read; where it cannot be written, {@link Outbox.fault} says so */
  constructor({ disk, folder, waitingMax, deadLettersMax }: OutboxTerms) {
    this.#disk = disk;
    this.#path = join(folder, FILE);
    this.#waitingMax = waitingMax;
    this.#contents = new Contents(deadLettersMax);
    const found = disk.look(this.#path) === null ? Buffer.alloc(0) : Buffer.from(disk.read(this.#path));
    const { values, damaged } = decodeLines(found);
    this.damaged = damaged;
    for (const changes of values as Change[][]) for (const change of changes) this.#contents.apply(change);
    // Written anew, so that nothing is ever put behind a line that a crash tore.
    this.#guarded(() => this.#rewrite());
  }

  /** Why the last change is not on the disk; null where it is. */
  get fault(): string | null {
    return this.#fault;
  }

  /** What was committed last; null before. */
  get memo(): unknown {
    return this.#contents.memo;
  }

  get size(): number {
    return this.#contents.waiting.size;
  }

  /** Oldest first. */
  get deadLetters(): readonly DeadLetter[] {
    return [...this.#contents.dead.values()];
  }

  /** All that wait, oldest first. */
  get entries(): readonly Entry[] {
    return [...this.#contents.waiting.values()];
  }

  waiting(channel: string): readonly Entry[] {
    return this.entries.filter((entry) => entry.channel === channel);
  }

  /** Whether it has not been delivered, given up, or made needless by a newer one. */
  isWaiting(seq: number): boolean {
    return this.#contents.waiting.has(seq);
  }

  /** All of it is durable, or none. Parcels whose key is known are passed over. */
  commit(parcels: readonly Parcel[], memo: unknown, nowMs: number): void {
    const changes: Change[] = [];
    const change = (one: Change): void => {
      this.#contents.apply(one);
      changes.push(one);
    };
    for (const { key, channel, notice } of parcels) {
      if (this.#contents.hasSeen(key)) continue;
      change({ kind: 'put', entry: { seq: this.#contents.nextSeq, key, channel, createdMs: nowMs, notice } });
    }
    while (this.size > this.#waitingMax) {
      const letter = {
        ...this.#contents.leastUrgent()!,
        reason: `More than ${this.#waitingMax} waited`,
        diedMs: nowMs,
      };
      change({ kind: 'dead', letter });
    }
    change({ kind: 'memo', memo });
    this.#write(changes);
  }

  delivered({ seq }: Entry): void {
    this.#change({ kind: 'done', seq });
  }

  giveUp(entry: Entry, reason: string, nowMs: number): void {
    this.#change({ kind: 'dead', letter: { ...entry, reason, diedMs: nowMs } });
  }

  /**
   * Puts a dead letter back, as if it came now; where a newer notice of its incident waits, that one is enough. False where there is
   * none of that number.
   */
  redeliver(seq: number, nowMs: number): boolean {
    const letter = this.#contents.dead.get(seq);
    if (letter === undefined) return false;
    this.#contents.dead.delete(seq);
    if (this.#contents.rivalOf(letter) === null) {
      const { channel, notice, key } = letter;
      const entry = { seq: this.#contents.nextSeq, key, channel, createdMs: nowMs, notice };
      this.#contents.apply({ kind: 'put', entry });
    }
    this.#guarded(() => this.#rewrite());
    return true;
  }

  close(): void {
    this.#output?.close();
    this.#output = null;
  }

  #change(change: Change): void {
    this.#contents.apply(change);
    this.#write([change]);
  }

  #write(changes: readonly Change[]): void {
    this.#guarded(() => {
      if (this.#output === null || this.#bytes > this.#compactBytes) {
        this.#rewrite();
        return;
      }
      const line = encodeLine(changes);
      this.#output.write(line);
      this.#bytes += line.length;
      this.#output.sync();
    });
  }

  #rewrite(): void {
    this.close();
    const bytes = Buffer.concat(this.#contents.changes().map((change) => encodeLine([change])));
    ensureFolder(this.#disk, dirname(this.#path));
    replaceFile(this.#disk, this.#path, bytes);
    this.#output = this.#disk.open(this.#path, 'append');
    this.#bytes = bytes.length;
    this.#compactBytes = Math.max(COMPACT_BYTES_MIN, COMPACT_FACTOR * bytes.length);
  }

  #guarded(write: () => void): void {
    try {
      write();
      this.#fault = null;
    } catch (error) {
      this.#fault = (error as Error).message;
      const output = this.#output;
      this.#output = null;
      try {
        output?.close();
      } catch {
        // It is given up either way.
      }
    }
  }
}
