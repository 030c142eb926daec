/**
 * The rings on the disk, so that a restart keeps its history.
 *
 * ```
 * logs/history/10s-1795410000.hlog    intervals of 10 s that begin in the segment that begins then
 * ```
 *
 * Files are only appended to, and deleted whole when all of a segment is older than its ring. A line that a crash or a full
 * disk tore is skipped when it is read, as is one that is not ours: each is counted, the first of a file is told.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { appendFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LineWriter } from '../log/line-writer.ts';
import { RETENTION_MS } from './history.ts';
import { HLOG_HEAD, intervalOf, linesOf } from './history-line.ts';
import { type Interval, RESOLUTIONS_S, type ResolutionS } from './interval.ts';

/** A ring is spread over this many files and the one that is begun. */
const SEGMENTS = 4;
/** Fine intervals are small and many. */
const GATHER_MS = 10_000;

export interface ReadFaults {
  lines: number;
  /** The first fault of each file, for the log. */
  readonly told: string[];
}

interface Line {
  readonly bytes: Buffer;
  readonly file: string;
}

const segmentMs = (resolutionS: ResolutionS): number => RETENTION_MS[resolutionS] / SEGMENTS;
const NAME = /^(1|10|60|3600)s-(\d{1,12})\.hlog$/;

export class HistoryFiles {
  readonly #directory: string;
  readonly #writer = new LineWriter<Line>((lines) => this.#put(lines), GATHER_MS);
  /** Files that this process has written the head of, or found. */
  readonly #known = new Set<string>();
  /** Files whose end may be half a line. */
  readonly #torn = new Set<string>();

  constructor(directory: string) {
    this.#directory = directory;
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
    const length = segmentMs(resolutionS);
    const file = `${resolutionS}s-${(Math.floor(interval.startMs / length) * length) / 1000}.hlog`;
    this.#writer.write({ bytes: Buffer.from(text), file });
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Hands over what is on the disk and young enough, oldest files first; faults are skipped, never thrown. */
  read(nowMs: number, take: (resolutionS: ResolutionS, interval: Interval) => void): ReadFaults {
    const faults: ReadFaults = { lines: 0, told: [] };
    for (const { name, resolutionS } of this.#segments(nowMs)) {
      this.#known.add(name);
      let text: string;
      try {
        text = readFileSync(join(this.#directory, name), 'latin1');
      } catch (error) {
        faults.told.push(`${join(this.#directory, name)}: ${(error as Error).message}`);
        continue;
      }
      this.#readSegment(name, text, { resolutionS, nowMs, take, faults });
    }
    return faults;
  }

  #readSegment(name: string, text: string, { resolutionS, nowMs, take, faults }: Reading): void {
    const oldestMs = nowMs - RETENTION_MS[resolutionS];
    let first = true;
    for (const [at, line] of text.split('\n').entries()) {
      try {
        const interval = intervalOf(line);
        if (interval === null) continue;
        const aligned = interval.startMs % (resolutionS * 1000) === 0 && interval.lengthMs > 0;
        if (!aligned || interval.startMs > nowMs) throw new RangeError('Its time is not one of this ring');
        if (interval.startMs >= oldestMs) take(resolutionS, interval);
      } catch (error) {
        faults.lines += 1;
        if (first) faults.told.push(`${join(this.#directory, name)}:${at + 1}: ${(error as Error).message}`);
        first = false;
      }
    }
    if (text !== '' && !text.endsWith('\n')) this.#torn.add(name);
  }

  #segments(nowMs: number): Segment[] {
    let names: string[];
    try {
      names = readdirSync(this.#directory);
    } catch {
      return [];
    }
    return names
      .flatMap((name) => segmentOf(name) ?? [])
      .filter((segment) => !isOver(segment, nowMs))
      .sort((a, b) => a.startMs - b.startMs);
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
    if (fresh) await this.#drop(segmentOf(file)!.startMs);
    return count;
  }

  /** Deletes what is older than its ring. */
  async #drop(nowMs: number): Promise<void> {
    for (const name of await readdir(this.#directory)) {
      const segment = segmentOf(name);
      if (segment === null || !isOver(segment, nowMs)) continue;
      this.#known.delete(name);
      await rm(join(this.#directory, name), { force: true });
    }
  }
}

interface Reading {
  readonly resolutionS: ResolutionS;
  readonly nowMs: number;
  readonly take: (resolutionS: ResolutionS, interval: Interval) => void;
  readonly faults: ReadFaults;
}

interface Segment {
  readonly name: string;
  readonly resolutionS: ResolutionS;
  readonly startMs: number;
}

function segmentOf(name: string): Segment | null {
  const [, resolution, startS] = NAME.exec(name) ?? [];
  const resolutionS = RESOLUTIONS_S.find((one) => String(one) === resolution);
  return resolutionS === undefined ? null : { name, resolutionS, startMs: Number(startS) * 1000 };
}

const isOver = ({ resolutionS, startMs }: Segment, nowMs: number): boolean =>
  startMs + segmentMs(resolutionS) <= nowMs - RETENTION_MS[resolutionS];
