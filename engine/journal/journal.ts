/**
 * The journal: records in order, each durable before anyone is told that it is.
 *
 * Whoever appends while a frame is being written waits for the next one together (group commit: DeWitt et al., "Implementation
 * Techniques for Main Memory Database Systems", SIGMOD 1984); who comes alone waits for nobody. One frame is under way at a time,
 * so when one is refused nothing that was appended behind it can be durable, and all of it is refused alike.
 */
import { EngineError } from '../errors.ts';
import { FRAME_HEADER_BYTES, packFrame, RECORD_BYTES_MIN } from './format.ts';
import type { JournalSize } from './segment-writer.ts';
import type { Writer } from './writer.ts';

export interface JournalListener {
  /** Records up to this one are durable. Called before those who wait hear of it. */
  durable(sequence: number): void;
  /** None behind the last durable one counts any more, and their sequences are given out again. Called before those who wait hear. */
  refused(): void;
}

/** Bytes of the records of a frame: what is more goes into the next one. */
const FRAME_BYTES_MAX = 4 * 1024 * 1024;

interface Group {
  readonly records: Uint8Array[];
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  bytes: number;
}

export class Journal {
  readonly history: string;
  readonly #writer: Writer;
  readonly #listener: JournalListener;
  #durable: number;
  #next: number;
  #size: JournalSize;
  /** In the order of their sequences. */
  #groups: Group[] = [];
  #writing: Group | null = null;
  /** Whether a group is being written or about to be. */
  #busy = false;
  #closed = false;
  /** Appending, rotating and removing, one after another. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(
    writer: Writer,
    start: { readonly history: string; readonly sequence: number; readonly size: JournalSize },
    listener: JournalListener,
  ) {
    this.#writer = writer;
    this.#listener = listener;
    this.history = start.history;
    this.#next = start.sequence;
    this.#durable = start.sequence - 1;
    this.#size = start.size;
  }

  /** Of the last durable record; the one before the first where there is none. */
  get durableSequence(): number {
    return this.#durable;
  }

  /** Of the record that is appended next. */
  get nextSequence(): number {
    return this.#next;
  }

  /** What the journal takes on the disk. */
  get size(): JournalSize {
    return this.#size;
  }

  /**
   * Records that are appended without a wait between them are written in one frame as long as they fit, all or none. The bytes
   * must not change afterwards.
   *
   * @returns the record's sequence, and when it is durable
   * @throws (by `durable`) EngineError index_unwritable: the record does not count
   */
  append(record: Uint8Array): { readonly sequence: number; readonly durable: Promise<void> } {
    if (this.#closed) throw closedError();
    const group = this.#groupFor(RECORD_BYTES_MIN + record.length);
    group.records.push(record);
    if (!this.#busy) {
      this.#busy = true;
      // The others of the same turn come along.
      queueMicrotask(() => this.#enqueue(() => this.#writeGroup()));
    }
    return { sequence: this.#next++, durable: group.promise };
  }

  /** When the record of this sequence is durable, which must have been appended; at once for one that is. */
  async whenDurable(sequence: number): Promise<void> {
    if (sequence <= this.#durable) return;
    let last = this.#durable;
    for (const group of this.#groups) {
      last += group.records.length;
      if (sequence <= last) {
        await group.promise;
        return;
      }
    }
  }

  /** Begins another segment behind all that is durable. @throws EngineError index_unwritable */
  async rotate(): Promise<void> {
    this.#size = await this.#enqueue(() => this.#writer.rotate());
  }

  /**
   * Removes the segments that hold nothing behind this sequence; the last one stays. Only for what a generation covers that is
   * found after any crash.
   *
   * @throws EngineError index_unwritable; some may be gone
   */
  async remove(upTo: number): Promise<void> {
    this.#size = await this.#enqueue(() => this.#writer.remove(upTo));
  }

  /** Waits for what was appended, and ends the journal in order. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#groups.at(-1)?.promise.catch(() => {});
    await this.#enqueue(() => this.#writer.close());
  }

  #enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {});
    return done;
  }

  /** The last group that is not being written yet and has room, or a new one. */
  #groupFor(bytes: number): Group {
    const last = this.#groups.at(-1);
    const open = last !== undefined && last !== this.#writing && last.bytes + bytes <= FRAME_BYTES_MAX;
    const group = open ? last : newGroup();
    if (!open) this.#groups.push(group);
    group.bytes += bytes;
    return group;
  }

  /** One group, and then in line again behind whoever rotates or removes. */
  async #writeGroup(): Promise<void> {
    const group = this.#groups[0]!;
    this.#writing = group;
    try {
      this.#size = await this.#writer.append(packFrame(group.records));
      this.#groups.shift();
      this.#durable += group.records.length;
      this.#listener.durable(this.#durable);
      group.resolve();
    } catch (error) {
      this.#refuse(error);
    }
    this.#writing = null;
    if (this.#groups.length > 0) void this.#enqueue(() => this.#writeGroup());
    else this.#busy = false;
  }

  #refuse(error: unknown): void {
    const refused = this.#groups;
    this.#groups = [];
    this.#next = this.#durable + 1;
    this.#listener.refused();
    for (const group of refused) group.reject(error);
  }
}

function newGroup(): Group {
  let resolve = (): void => {};
  let reject = (_: unknown): void => {};
  const promise = new Promise<void>((good, bad) => {
    resolve = good;
    reject = bad;
  });
  // Whoever waits hears of it; where nobody does, it is no fault of the process.
  promise.catch(() => {});
  return { records: [], promise, resolve, reject, bytes: FRAME_HEADER_BYTES };
}

const closedError = (): EngineError => new EngineError('draining', 'Cannot take changes: the journal is closed');
