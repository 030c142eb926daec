/** Exports read back by independent readers, each into the same shape: counts by bucket, by series and interval. */
import { type Float64Histogram, HistogramLogReader } from 'hdr-histogram-js';
import { exportHistograms, parseSelection } from '../../../ops/exports/index.ts';
import type { Interval, IntervalSource } from '../../../ops/metrics/interval.ts';
import { valueAt } from '../../../ops/metrics/layout.ts';
import { eachCount } from '../../../ops/metrics/sparse.ts';
import { NOW_MS, RETENTION_MS } from './memory-source.ts';

/** `startMs tag` → value of the bucket, nanoseconds → count. */
export type Buckets = Map<string, Map<number, number>>;

export async function exported(source: IntervalSource, query: string): Promise<string> {
  const parsed = parseSelection(query, { nowMs: NOW_MS, retentionMs: RETENTION_MS });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  let text = '';
  for await (const chunk of exportHistograms(source, parsed.value).body) text += chunk;
  return text;
}

/** What an export must hold: all series whose tag the test lets through. */
export function expectedBuckets(intervals: readonly Interval[], lets: (tag: string) => boolean): Buckets {
  const buckets: Buckets = new Map();
  for (const { startMs, series } of intervals) {
    for (const [tag, counts] of series) {
      if (!lets(tag)) continue;
      const counted = new Map<number, number>();
      eachCount(counts, (index, count) => counted.set(valueAt(index), count));
      buckets.set(`${startMs} ${tag}`, counted);
    }
  }
  return buckets;
}

export function totalOf(buckets: Buckets): number {
  let total = 0;
  for (const counted of buckets.values()) for (const count of counted.values()) total += count;
  return total;
}

export interface JsonExport {
  readonly from: string;
  readonly to: string;
  readonly resolutionS: number;
  readonly intervals: readonly {
    readonly startMs: number;
    readonly lengthMs: number;
    readonly series: readonly {
      readonly [field: string]: unknown;
      readonly count: number;
      readonly minNs: number;
      readonly maxNs: number;
      readonly buckets: readonly (readonly [number, number])[];
    }[];
  }[];
}

const FIELDS = ['measure', 'endpoint', 'outcome', 'cache', 'rerank', 'arm'];

export function fromJson(text: string): Buckets {
  const { intervals } = JSON.parse(text) as JsonExport;
  return new Map(
    intervals.flatMap(({ startMs, series }) =>
      series.map((one) => [`${startMs} ${FIELDS.map((field) => one[field]).join(';')}`, new Map(one.buckets)] as const),
    ),
  );
}

/** RFC 4180, to the letter: CRLF ends a line, quotes are doubled inside quotes. */
export function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  let row: string[] = [];
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const match = field.exec(text);
    if (match === null) throw new Error(`No CSV at ${at}: ${text.slice(at, at + 40)}`);
    row.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

export function fromCsvBuckets(text: string): Buckets {
  const [head, ...rows] = csvRows(text);
  const buckets: Buckets = new Map();
  for (const row of rows) {
    const cell = (name: string): string => row[head!.indexOf(name)]!;
    const key = `${cell('startMs')} ${FIELDS.map(cell).join(';')}`;
    const counted = buckets.get(key) ?? new Map<number, number>();
    counted.set(Number(cell('valueNs')), Number(cell('count')));
    buckets.set(key, counted);
  }
  return buckets;
}

/** By the reader of hdr-histogram-js. */
export function fromHlog(text: string): Buckets {
  const reader = new HistogramLogReader(text, 64);
  const buckets: Buckets = new Map();
  for (;;) {
    const histogram = reader.nextIntervalHistogram() as Float64Histogram | null;
    if (histogram === null) return buckets;
    const counted = new Map<number, number>();
    for (let index = 0; index < histogram.countsArrayLength; index++) {
      const count = histogram.getCountAtIndex(index);
      if (count > 0) counted.set(histogram.valueFromIndex(index), count);
    }
    buckets.set(`${histogram.startTimeStampMsec} ${histogram.tag}`, counted);
  }
}

/** TotalCount of the last line, and of the summary below. */
export function percentileTotals(text: string): { readonly last: number; readonly summary: number } {
  const rows = text.split('\n').filter((line) => /^ *[\d.]+ +[\d.]+ +\d+/.test(line));
  return {
    last: rows.length === 0 ? 0 : Number(rows.at(-1)!.trim().split(/ +/)[2]),
    summary: Number(/Total count {4}= +(\d+)\]/.exec(text)?.[1]),
  };
}
