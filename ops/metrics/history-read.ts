/**
 * A segment's lines back into intervals, 64 KiB at a time: a full history is hundreds of thousands of lines, some ten microseconds
 * each to inflate, and requests must be answered between them.
 */
import { createReadStream } from 'node:fs';
import { RETENTION_MS } from './history.ts';
import { intervalOf } from './history-line.ts';
import type { Segment } from './history-segment.ts';
import type { Interval, ResolutionS } from './interval.ts';
import type { SparseCounts } from './sparse.ts';

export interface ReadFaults {
  lines: number;
  /** The first fault of each file, for the log. */
  readonly told: string[];
}

export type Take = (resolutionS: ResolutionS, interval: Interval) => void;

export interface FoundSegment extends Segment {
  readonly path: string;
  /** Its length when it was found; what comes behind is not read. */
  readonly bytes: number;
}

export interface Reading {
  readonly nowMs: number;
  readonly take: Take;
  readonly faults: ReadFaults;
  readonly stopped: AbortSignal;
}

const CHUNK_BYTES = 64 * 1024;
/** The longest line of ours, every count of a histogram another number of nine bytes, is shorter. */
const LINE_CHARS_MAX = 512 * 1024;

/** @throws as `createReadStream` where the file cannot be read */
export async function readSegment(segment: FoundSegment, { nowMs, take, faults, stopped }: Reading): Promise<void> {
  const { path, bytes, resolutionS } = segment;
  const gathering = new Gathering((interval) => take(resolutionS, interval));
  let first = true;
  let number = 0;
  const takeLine = (line: string): void => {
    number += 1;
    try {
      const interval = youngOf(line, resolutionS, nowMs);
      if (interval !== null) gathering.add(interval);
    } catch (error) {
      faults.lines += 1;
      if (first) faults.told.push(`${path}:${number}: ${(error as Error).message}`);
      first = false;
    }
  };
  const chunks = createReadStream(path, { end: bytes - 1, highWaterMark: CHUNK_BYTES, encoding: 'latin1' });
  let rest = '';
  for await (const chunk of chunks as AsyncIterable<string>) {
    if (stopped.aborted) return;
    const lines = (rest + chunk).split('\n');
    // Of a line without an end only that it is too long is kept.
    rest = lines.pop()!.slice(0, LINE_CHARS_MAX);
    for (const line of lines) takeLine(line);
  }
  takeLine(rest);
  gathering.end();
}

/** Null where there is nothing to take: a head, or older than the ring. @throws RangeError where the line is none of this ring */
function youngOf(line: string, resolutionS: ResolutionS, nowMs: number): Interval | null {
  const interval = intervalOf(line);
  if (interval === null) return null;
  const { startMs, lengthMs } = interval;
  const aligned = startMs % (resolutionS * 1000) === 0 && lengthMs > 0;
  if (!aligned || startMs > nowMs) throw new RangeError('Its time is not one of this ring');
  return startMs < nowMs - RETENTION_MS[resolutionS] ? null : interval;
}

interface Open extends Interval {
  readonly series: Map<string, SparseCounts>;
  readonly events: Map<string, number>;
}

/** Lines that follow each other and tell of the same stretch are one interval. */
class Gathering {
  readonly #take: (interval: Interval) => void;
  #open: Open | null = null;

  constructor(take: (interval: Interval) => void) {
    this.#take = take;
  }

  add(part: Interval): void {
    if (this.#open === null || !fits(this.#open, part)) {
      this.end();
      this.#open = { ...part, series: new Map(part.series), events: new Map(part.events) };
      return;
    }
    for (const [tag, counts] of part.series) this.#open.series.set(tag, counts);
    for (const [name, count] of part.events) this.#open.events.set(name, count);
  }

  end(): void {
    if (this.#open !== null) this.#take(this.#open);
    this.#open = null;
  }
}

/** Two processes may each have written a part of it: what both have counted is merged by whoever takes them. */
const fits = (open: Open, { startMs, lengthMs, series, events }: Interval): boolean =>
  open.startMs === startMs &&
  open.lengthMs === lengthMs &&
  ![...series.keys()].some((tag) => open.series.has(tag)) &&
  ![...events.keys()].some((name) => open.events.has(name));
