/**
 * The rings on the disk, so that a restart keeps its history.
 *
 * ```
 * logs/history/10s-1795410000.hlog    intervals of 10 s that begin in the segment that begins then
 * ```
 *
 * Files are only appended to, and deleted whole: when all of a segment is older than its ring, or there is no room. A line that a crash or a full
 * disk tore is skipped when it is read, as is one that is not ours: each is counted, the first of a file is told.
 */
import { closeSync, mkdirSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { appendFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LineWriter } from '../log/line-writer.ts';
import { HLOG_HEAD, linesOf } from './history-line.ts';
import { type FoundSegment, type ReadFaults, readSegment, type Take } from './history-read.ts';
import { isOver, type Segment, segmentFor, segmentOf } from './history-segment.ts';
import type { Interval, ResolutionS } from './interval.ts';

/** Fine intervals are small and many. */
const GATHER_MS = 10_000;
const LINE_END = 10;

interface Line {
  readonly bytes: Buffer;
  readonly file: string;
}

export class HistoryFiles {
  readonly #directory: string;
  readonly #bytesMax: number;
  readonly #writer = new LineWriter<Line>((lines) => this.#put(lines), GATHER_MS);
  /** Files that this process has written the head of, or found. */
  readonly #known = new Set<string>();
  /** Files whose end may be half a line. */
  readonly #torn = new Set<string>();

  /** @param bytesMax of all files; beyond it the finest go before their time, oldest first */
  constructor(directory: string, bytesMax: number) {
    this.#directory = directory;
    this.#bytesMax = bytesMax;
    try {
      mkdirSync(directory, { recursive: true });
    } catch {
      // Each write will say so again, and be counted.
    }
  }

  /** Intervals that could not be written, by their lines. */
  get lost(): number {
    return this.#writer.lost;
  }

  write(resolutionS: ResolutionS, interval: Interval): void {
    const text = linesOf(interval);
    if (text === '') return;
    this.#writer.write({ bytes: Buffer.from(text), file: segmentFor(resolutionS, interval.startMs) });
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /**
   * Hands over what is on the disk at this moment and young enough, oldest files first, a little at a time so that requests are
   * answered meanwhile; what is written from now on is not read. Faults are skipped, never thrown.
   *
   * @param stopped ends the reading early
   */
  async read(nowMs: number, take: Take, stopped: AbortSignal): Promise<ReadFaults> {
    const faults: ReadFaults = { lines: 0, told: [] };
    for (const segment of this.#find(nowMs, faults)) {
      try {
        await readSegment(segment, { nowMs, take, faults, stopped });
      } catch (error) {
        faults.told.push(`${segment.path}: ${(error as Error).message}`);
      }
    }
    return faults;
  }

  #find(nowMs: number, faults: ReadFaults): FoundSegment[] {
    let names: string[];
    try {
      names = readdirSync(this.#directory);
    } catch {
      return [];
    }
    const found: FoundSegment[] = [];
    for (const name of names) {
      const segment = segmentOf(name);
      if (segment === null || isOver(segment, nowMs)) continue;
      const path = join(this.#directory, name);
      try {
        const file = statSync(path);
        // Others have no end: a pipe waits for a writer, a device goes on for ever.
        if (!file.isFile()) throw new Error('Not a file');
        this.#known.add(name);
        if (file.size === 0) continue;
        if (lastByteOf(path, file.size) !== LINE_END) this.#torn.add(name);
        found.push({ ...segment, path, bytes: file.size });
      } catch (error) {
        faults.told.push(`${path}: ${(error as Error).message}`);
      }
    }
    return found.sort((a, b) => a.startMs - b.startMs);
  }

  /** Writes the lines that go to the first one's file. */
  async #put(lines: readonly Line[]): Promise<number> {
    const { file } = lines[0]!;
    const end = lines.findIndex((line) => line.file !== file);
    const count = end < 0 ? lines.length : end;
    const fresh = !this.#known.has(file);
    const head = fresh ? HLOG_HEAD : this.#torn.has(file) ? '\n' : '';
    try {
      await appendFile(
        join(this.#directory, file),
        Buffer.concat([Buffer.from(head), ...lines.slice(0, count).map(({ bytes }) => bytes)]),
      );
    } catch (error) {
      this.#torn.add(file);
      throw error;
    }
    this.#torn.delete(file);
    this.#known.add(file);
    // The lines are written, whatever becomes of the old ones.
    if (fresh) await this.#drop(segmentOf(file)!.startMs).catch(() => {});
    return count;
  }

  /** Deletes what is older than its ring, and what the bound has no room for: hours last, as budgets are made of them. */
  async #drop(nowMs: number): Promise<void> {
    const kept: { readonly segment: Segment; readonly bytes: number }[] = [];
    for (const name of await readdir(this.#directory)) {
      const segment = segmentOf(name);
      if (segment === null) continue;
      if (isOver(segment, nowMs)) await this.#delete(name);
      else kept.push({ segment, bytes: (await stat(join(this.#directory, name))).size });
    }
    let bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
    kept.sort((a, b) => a.segment.resolutionS - b.segment.resolutionS || a.segment.startMs - b.segment.startMs);
    for (const { segment, bytes: freed } of kept) {
      if (bytes <= this.#bytesMax) return;
      await this.#delete(segment.name);
      bytes -= freed;
    }
  }

  async #delete(name: string): Promise<void> {
    this.#known.delete(name);
    await rm(join(this.#directory, name), { force: true });
  }
}

function lastByteOf(path: string, bytes: number): number {
  const file = openSync(path, 'r');
  try {
    const last = Buffer.alloc(1);
    readSync(file, last, 0, 1, bytes - 1);
    return last[0]!;
  } finally {
    closeSync(file);
  }
}
