/**
 * Writes frames to segments, each durable when it returns. Synchronous: it is meant for a thread that does nothing else.
 *
 * A file that refused a write or a sync is never written again: what it holds behind the last frame that was acknowledged is not
 * known any more, and a later sync that succeeds says nothing about it (Rebello et al., "Can Applications Recover from fsync
 * Failures?", USENIX ATC 2020). The next segment says where that one ends, so whatever came of the refused frame does not count.
 * It is begun at once, and where the disk refuses that too, again with the next frame: a disk that was full takes changes as soon
 * as there is room.
 */
// Not by the store's door: a thread that only writes would load all of the index.
import { unwritable } from '../store/access.ts';
import { type Disk, isDiskError, type Output } from '../store/disk/index.ts';
import { pathOf } from './chain.ts';
import { countOf, encodeHeader, HEADER_BYTES, numberOf, packFrame, sealFrame } from './format.ts';
import type { Position, Segment } from './recovery.ts';

export interface SegmentSettings {
  readonly folder: string;
  /** A segment that has reached it is followed by another; it is longer by at most one frame. */
  readonly segmentBytesMax: number;
  /** 16 hexadecimal digits. */
  readonly history: string;
}

export interface JournalSize {
  readonly segments: number;
  readonly bytes: number;
}

interface Current {
  readonly output: Output;
  readonly salt: Uint8Array;
}

export class SegmentWriter {
  readonly #disk: Disk;
  readonly #settings: SegmentSettings;
  readonly #salt: () => Uint8Array;
  /** Oldest first; the last one is that of `#current`, where there is one. */
  readonly #segments: Segment[];
  #nextNumber: number;
  #sequence: number;
  #current: Current | null = null;

  /** @param salt eight random bytes, others each time */
  constructor(disk: Disk, settings: SegmentSettings, position: Position, salt: () => Uint8Array) {
    this.#disk = disk;
    this.#settings = settings;
    this.#salt = salt;
    this.#segments = [...position.segments];
    this.#nextNumber = position.number;
    this.#sequence = position.sequence;
  }

  get size(): JournalSize {
    return { segments: this.#segments.length, bytes: this.#segments.reduce((sum, { end }) => sum + end, 0) };
  }

  /**
   * Makes a packed frame durable; its records have the next sequences.
   *
   * @throws EngineError index_unwritable: then none of them counts, and the same sequences are given out again. Only where the
   *   disk refuses the next segment too, and the process ends before it takes one, may they be found at the next start, all of
   *   them or none.
   */
  append(frame: Buffer): void {
    // Not when it is reached: the last segment is to be ended by a frame of its own.
    if ((this.#segments.at(-1)?.end ?? 0) >= this.#settings.segmentBytesMax) this.#end();
    this.#write(frame);
  }

  #write(frame: Buffer): void {
    const current = this.#current ?? this.#begin();
    sealFrame(frame, current.salt, this.#sequence);
    const segment = this.#segments.at(-1)!;
    try {
      current.output.write(frame);
      current.output.sync();
    } catch (error) {
      this.#giveUp(current);
      throw unwritable(pathOf(this.#settings.folder, segment.number), error);
    }
    const end = segment.end + frame.length;
    this.#segments[this.#segments.length - 1] = { ...segment, end };
    this.#sequence += countOf(frame);
  }

  /**
   * Begins another segment, so that all there is can be removed once it is covered. Does nothing where the last one is empty.
   *
   * @throws EngineError index_unwritable; the next frame tries again
   */
  rotate(): void {
    const last = this.#segments.at(-1);
    if (last === undefined || last.end <= HEADER_BYTES) return;
    this.#end();
    this.#begin();
  }

  /**
   * Removes the segments whose records all have sequences up to this one, but never the last segment; damaged ones are moved
   * aside, under another name. Only for what a generation covers that will be found after any crash: then it does no harm that
   * a crash may bring some of them back, and nothing is synced.
   *
   * @throws EngineError index_unwritable; some may be gone
   */
  remove(upTo: number): void {
    const kept = this.#segments.findIndex((_, at) => (this.#segments[at + 1]?.firstSequence ?? Infinity) > upTo + 1);
    if (kept <= 0) return;
    const { folder } = this.#settings;
    const first = this.#segments[kept]!.number;
    const damaged = new Set(this.#segments.filter((segment) => segment.damaged).map(({ number }) => number));
    try {
      for (const name of this.#disk.list(folder)) {
        const number = numberOf(name);
        if (number === null || number >= first) continue;
        const path = pathOf(folder, number);
        if (damaged.has(number)) this.#disk.rename(path, `${path}.damaged`);
        else this.#disk.unlink(path);
      }
    } catch (error) {
      throw unwritable(folder, error);
    }
    this.#segments.splice(0, kept);
  }

  /** Ends the journal in order: after that, damage to its last frame is not taken for what a crash tore. */
  close(): void {
    if (this.#current === null) return;
    this.#write(packFrame([]));
    this.#end();
  }

  #begin(): Current {
    const { folder, history } = this.#settings;
    const last = this.#segments.at(-1);
    const number = this.#nextNumber++;
    const path = pathOf(folder, number);
    const salt = this.#salt();
    const before = last === undefined ? null : { number: last.number, end: last.end };
    const header = { number, history, salt, firstSequence: this.#sequence, before };
    let output: Output | null = null;
    try {
      output = this.#disk.open(path, 'new');
      output.write(encodeHeader(header));
      output.sync();
      this.#disk.syncFolder(folder);
    } catch (error) {
      if (output !== null) this.#discard(output, path);
      throw unwritable(path, error);
    }
    this.#segments.push({ number, firstSequence: this.#sequence, end: HEADER_BYTES, damaged: false });
    this.#current = { output, salt };
    return this.#current;
  }

  #giveUp(current: Current): void {
    this.#current = null;
    quietly(() => current.output.close());
    try {
      this.#begin();
    } catch {
      // The caller hears of the first refusal; the next frame begins with this again.
    }
  }

  /** A beginning that failed counts for nothing wherever it is left, but it takes room on a disk that may be full. */
  #discard(output: Output, path: string): void {
    quietly(() => output.close());
    quietly(() => this.#disk.unlink(path));
  }

  #end(): void {
    const current = this.#current;
    this.#current = null;
    if (current !== null) quietly(() => current.output.close());
  }
}

/** All of it is durable already, or counts for nothing. */
function quietly(close: () => void): void {
  try {
    close();
  } catch (error) {
    if (!isDiskError(error)) throw error;
  }
}
