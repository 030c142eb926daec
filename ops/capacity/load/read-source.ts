/** What was measured elsewhere: a sweep's file, or interval logs of any tool. */
import { readFileSync } from 'node:fs';
import { EngineError } from '../../../engine/errors.ts';
import { Buckets, type LogInterval, type ReadLog, readLog } from '../hlog/index.ts';
import { type Sweep, sweepSchema } from '../sweep/index.ts';
import { loadsOfIntervals } from './from-intervals.ts';
import { loadsOfSweep } from './from-sweep.ts';
import type { LoadStep } from './load-step.ts';
import { sweepInLog } from './sweep-log.ts';

export interface SourceSettings {
  /** Only lines with this tag; null takes all. */
  readonly tag: string | null;
  /** Values of a log that make a millisecond; null takes what its column of maxima says. */
  readonly unitsPerMs: number | null;
}

export interface TagSummary {
  readonly tag: string;
  readonly intervals: number;
  readonly seconds: number;
  readonly events: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export interface LogSummary extends Pick<ReadLog, 'file' | 'startS' | 'skipped' | 'skippedCount'> {
  readonly unitsPerMs: number;
  readonly tags: readonly TagSummary[];
}

export interface Source {
  /** Ascending by rate. */
  readonly loads: readonly LoadStep[];
  /** Null where the loads are not a sweep's. */
  readonly sweep: Sweep | null;
  readonly logs: readonly LogSummary[];
}

/** Nanoseconds: what the format's own tools take a log for. */
const UNITS_PER_MS = 1e6;
const TAGS_TOLD = 20;
const LOG_START = /^[#"]|^Tag=|^\d/;

/** @throws EngineError source_unreadable | source_invalid, with file, line or field, and what to do */
export async function readSource(files: readonly string[], settings: SourceSettings): Promise<Source> {
  const [first] = files as readonly [string];
  if (isJson(first)) {
    if (files.length > 1) throw oneSweep(files);
    const sweep = readSweep(first);
    return { loads: loadsOfSweep(sweep), sweep, logs: [] };
  }
  const logs: ReadLog[] = [];
  for (const file of files) logs.push(await readLog(file));
  const ratioOf = (log: ReadLog): number => settings.unitsPerMs ?? log.unitsPerMs ?? UNITS_PER_MS;
  const summaries = logs.map((log) => summaryOf(log, ratioOf(log)));
  const sweeps = logs.map(sweepInLog).filter((one) => one !== null);
  if (sweeps.length > 0) {
    if (files.length > 1) throw oneSweep(files);
    return { ...sweeps[0]!, logs: summaries };
  }
  const parts = logs.map((log) => ({ log, intervals: chosen(log, settings.tag) }));
  const toMs = parts.flatMap(({ log, intervals }) =>
    intervals.map((one) => ({ ...one, values: one.values.scaled(1 / ratioOf(log)) })),
  );
  return { loads: loadsOfIntervals(toMs, 1), sweep: null, logs: summaries };
}

function isJson(file: string): boolean {
  const text = contentOf(file, 64).trimStart();
  return text !== '' && !LOG_START.test(text) && /^[[{]/.test(text);
}

function contentOf(file: string, charsMax = Number.POSITIVE_INFINITY): string {
  try {
    return readFileSync(file, 'utf8').slice(0, charsMax);
  } catch (error) {
    throw new EngineError('source_unreadable', `Cannot read measurements: ${(error as Error).message}`, {
      file,
      expected: 'a sweep (.sweep.json) or an interval log (.hlog)',
      remedy: 'Name a file that exists, or measure: wp-chat capacity --url http://127.0.0.1:8080 --out DIR',
    });
  }
}

function readSweep(file: string): Sweep {
  let value: unknown;
  try {
    value = JSON.parse(contentOf(file));
  } catch (error) {
    throw badSweep(file, 'file', (error as Error).message);
  }
  const parsed = sweepSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badSweep(file, issue!.path.join('.') || 'file', issue!.message);
  }
  const { steps } = parsed.data;
  const falls = steps.findIndex(({ perSecond }, at) => at > 0 && perSecond <= steps[at - 1]!.perSecond);
  if (falls > 0)
    throw badSweep(file, `steps.${falls}.perSecond`, `expected rates that rise, got ${steps[falls]!.perSecond}`);
  return parsed.data;
}

const badSweep = (file: string, field: string, message: string): EngineError =>
  new EngineError('source_invalid', `Cannot read sweep: ${field}: ${message}: ${file}`, {
    file,
    field,
    expected: 'a sweep as wp-chat capacity --out writes it',
    remedy: 'Sweep again: wp-chat capacity --url http://127.0.0.1:8080 --out DIR',
  });

const oneSweep = (files: readonly string[]): EngineError =>
  new EngineError('request_invalid', `--from: expected one sweep, or any number of logs, got: ${files.join(', ')}`, {
    field: 'from',
    remedy: 'Name one sweep at a time',
  });

const tagsOf = ({ intervals }: ReadLog): string[] => [...new Set(intervals.map(({ tag }) => tag))];

/** Lines of a tag; without one, of all tags of ours, else the lines that have none, else all. */
function chosen(log: ReadLog, tag: string | null): readonly LogInterval[] {
  if (tag === null) {
    const untagged = log.intervals.filter((one) => one.tag === '');
    return untagged.length === 0 ? log.intervals : untagged;
  }
  const wanted = log.intervals.filter((one) => one.tag === tag);
  if (wanted.length > 0) return wanted;
  const tags = tagsOf(log).map((one) => one || '(none)');
  throw new EngineError('source_invalid', `--tag: no line of ${log.file} has it, got: ${tag}`, {
    file: log.file,
    field: 'tag',
    value: tag,
    expected: `one of ${tags.slice(0, TAGS_TOLD).join(', ')}`,
    remedy: 'Leave --tag out to see all',
  });
}

function summaryOf(log: ReadLog, unitsPerMs: number): LogSummary {
  const { file, startS, skipped, skippedCount } = log;
  const tags = tagsOf(log).map((tag): TagSummary => {
    const intervals = log.intervals.filter((one) => one.tag === tag);
    const values = Buckets.merged(intervals.map((one) => one.values)).scaled(1 / unitsPerMs);
    const at = (percentile: number): number => values.atPercentile(percentile);
    return {
      tag,
      intervals: intervals.length,
      seconds: intervals.reduce((sum, { lengthS }) => sum + lengthS, 0),
      events: values.total,
      ...{ p50Ms: at(50), p95Ms: at(95), p99Ms: at(99), p999Ms: at(99.9), maxMs: values.max },
    };
  });
  return { file, startS, skipped, skippedCount, unitsPerMs, tags };
}
