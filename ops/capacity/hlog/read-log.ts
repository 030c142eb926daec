/**
 * What does an interval log say? Reads the logs of any tool that writes HdrHistogram's format, versions 1.0 to 1.3.
 *
 * ```
 * #[StartTime: 1441812279.474 (seconds since epoch), …]      when the log began
 * #[BaseTime: 1441812279.474 (seconds since epoch)]          what the timestamps count from
 * "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
 * Tag=search,0.127,1.007,2.769,HISTFAAAAEV42…                seconds, seconds, milliseconds, see payload.ts
 * ```
 *
 * A line that is torn or foreign is skipped and told; it never hides the others. Older legends call the second column
 * EndTimestamp, but it has always been a length.
 */
import { createReadStream } from 'node:fs';
import { EngineError } from '../../../engine/errors.ts';
import type { Buckets } from './buckets.ts';
import { type Line, linesOf } from './lines.ts';
import { decodePayload } from './payload.ts';

export interface LogInterval {
  /** '' where the line has none. */
  readonly tag: string;
  /** Since the epoch where the log says when it began, else since it began. */
  readonly startS: number;
  readonly lengthS: number;
  /** In the unit that the tool recorded, see {@link ReadLog.unitsPerMs}. */
  readonly values: Buckets;
}

export interface SkippedLine {
  readonly line: number;
  readonly reason: string;
}

export interface ReadLog {
  readonly file: string;
  readonly intervals: readonly LogInterval[];
  /** Values that make a millisecond: 1,000,000 where the tool recorded nanoseconds; null where no line tells. */
  readonly unitsPerMs: number | null;
  /** Null where the log does not say when it began. */
  readonly startS: number | null;
  /** The first ones; the rest is only counted. */
  readonly skipped: readonly SkippedLine[];
  readonly skippedCount: number;
  /** What the log says of itself: `#[Name: text]`, by name. */
  readonly notes: ReadonlyMap<string, string>;
}

const LINE_BYTES_MAX = 4 * 2 ** 20;
const SKIPPED_TOLD = 20;
/** A timestamp that lies this long before the start of the log counts from that start. */
const YEAR_S = 365 * 24 * 3600;
const INTERVAL = /^(?:Tag=([^,\s]*),)?([^,]*),([^,]*),([^,]*),([A-Za-z0-9+/=]*)$/;
const NOTE = /^#\[([A-Za-z ]+): (.*)\]?$/;

/** @throws EngineError source_unreadable where the file cannot be read, source_invalid where it is no interval log */
export async function readLog(file: string): Promise<ReadLog> {
  const reader = new LogReader();
  try {
    for await (const line of linesOf(createReadStream(file), LINE_BYTES_MAX)) reader.take(line);
  } catch (error) {
    throw new EngineError('source_unreadable', `Cannot read interval log: ${(error as Error).message}`, {
      file,
      remedy: 'Name a file that exists and can be read',
    });
  }
  return reader.end(file);
}

class LogReader {
  readonly #intervals: LogInterval[] = [];
  readonly #ratios: number[] = [];
  readonly #skipped: SkippedLine[] = [];
  readonly #notes = new Map<string, string>();
  #skippedCount = 0;
  #startS: number | null = null;
  #baseS: number | null = null;

  take({ number, text }: Line): void {
    try {
      if (text === null) throw new RangeError(`Longer than ${LINE_BYTES_MAX} bytes`);
      if (text.startsWith('#')) this.#note(text);
      else if (text.trim() !== '' && !text.startsWith('"')) this.#intervals.push(this.#interval(text));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#skippedCount += 1;
      if (this.#skipped.length < SKIPPED_TOLD) this.#skipped.push({ line: number, reason: error.message });
    }
  }

  #note(text: string): void {
    const note = NOTE.exec(text);
    if (note === null) return;
    const [, name, value] = note as unknown as [string, string, string];
    // One tool spells it Basetime.
    if (/^(start|base)time$/i.test(name)) {
      const seconds = Number.parseFloat(value);
      if (!Number.isFinite(seconds)) throw new RangeError(`Not a time: ${text.slice(0, 80)}`);
      if (/^start/i.test(name)) this.#startS = seconds;
      else this.#baseS = seconds;
    } else this.#notes.set(name, value.replace(/\]$/, ''));
  }

  #interval(text: string): LogInterval {
    const fields = INTERVAL.exec(text);
    if (fields === null) throw new RangeError(`Not a line of an interval log: ${text.slice(0, 60)}`);
    const [, tag = '', ...rest] = fields;
    const [stampS, lengthS, maxMs] = rest.slice(0, 3).map((one) => numberIn(one!)) as [number, number, number];
    const values = decodePayload(rest[3]!);
    if (maxMs > 0 && values.max > 0) this.#ratios.push(values.max / maxMs);
    return { tag, startS: this.#baseOf(stampS) + stampS, lengthS, values };
  }

  /** Decided at the first interval: stamps are absolute unless the log says, or they show, that they are not. */
  #baseOf(stampS: number): number {
    if (this.#baseS === null) {
      const relative = this.#startS !== null && stampS < this.#startS - YEAR_S;
      this.#baseS = relative ? this.#startS! : 0;
    }
    return this.#baseS;
  }

  end(file: string): ReadLog {
    if (this.#intervals.length === 0) throw this.#empty(file);
    return {
      file,
      intervals: this.#intervals,
      unitsPerMs: powerOfTen(this.#ratios),
      startS: this.#startS,
      skipped: this.#skipped,
      skippedCount: this.#skippedCount,
      notes: this.#notes,
    };
  }

  #empty(file: string): EngineError {
    const [first] = this.#skipped;
    const reason =
      first === undefined
        ? 'it has no interval'
        : `none of ${this.#skippedCount} lines is an interval: ${first.reason}`;
    return new EngineError('source_invalid', `Cannot read interval log: ${reason}: ${file}`, {
      file,
      ...(first === undefined ? {} : { line: first.line }),
      expected: 'an HdrHistogram interval log (.hlog)',
      remedy: 'Name a log that a tool wrote, or export one: GET /stats/histograms?format=hlog',
    });
  }
}

function numberIn(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new RangeError(`A number from 0 expected: ${text.slice(0, 40)}`);
  return value;
}

/** Tools record in a decimal unit, and the column of maxima is in milliseconds; it has three decimals, so many are looked at. */
function powerOfTen(ratios: readonly number[]): number | null {
  if (ratios.length === 0) return null;
  const sorted = [...ratios].sort((a, b) => a - b);
  const ratio = sorted[sorted.length >> 1]!;
  const nearest = 10 ** Math.round(Math.log10(ratio));
  return Math.abs(ratio / nearest - 1) < UNIT_TOLERANCE ? nearest : null;
}
const UNIT_TOLERANCE = 0.2;
