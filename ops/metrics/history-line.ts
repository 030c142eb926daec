/**
 * An interval as lines of an .hlog file (HdrHistogram's HistogramLogWriter, version 1.3), so that every tool that reads those
 * reads our history as it lies on the disk:
 *
 * ```
 * Tag=total;/search;answered;none;done;control,1795410000.000,10.000,812.345,HISTFAAAA…     start and length in s, largest in ms
 * #[Event: degraded;rerank_failed,1795410000.000,10.000,5]                                  a comment to other tools
 * ```
 */
import { fromHlogField, toHlogField } from './hdr-bytes.ts';
import type { Interval } from './interval.ts';
import { maxNsOf } from './quantiles.ts';
import { seriesOf } from './series.ts';

export const HLOG_HEAD = `#[Histogram log format version 1.3]
"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
`;

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

/** Lines with their ends; '' where nothing happened. */
export function linesOf({ startMs, lengthMs, series, events }: Interval): string {
  const span = `${seconds(startMs)},${seconds(lengthMs)}`;
  let text = '';
  for (const [tag, counts] of series) {
    const maxMs = (maxNsOf(counts) / 1e6).toFixed(3);
    text += `Tag=${tag},${span},${maxMs},${toHlogField(counts)}\n`;
  }
  for (const [name, count] of events) text += `#[Event: ${name},${span},${count}]\n`;
  return text;
}

const SERIES_LINE = /^Tag=([^,]+),(\d+\.\d{3}),(\d+\.\d{3}),\d+\.\d{3},([A-Za-z0-9+/]+={0,2})$/;
const EVENT_LINE = /^#\[Event: ([a-z_;]{1,100}),(\d+\.\d{3}),(\d+\.\d{3}),(\d{1,15})\]$/;

/** What a line tells: part of an interval; null for a head or an empty line. @throws RangeError for a torn or foreign one */
export function intervalOf(line: string): Interval | null {
  const series = SERIES_LINE.exec(line);
  if (series !== null) {
    const [, tag, startS, lengthS, field] = series as unknown as [string, string, string, string, string];
    if (seriesOf(tag) === null) throw new RangeError(`Not a series of ours: ${tag.slice(0, 100)}`);
    return spanning(startS, lengthS, { series: new Map([[tag, fromHlogField(field)]]), events: new Map() });
  }
  const event = EVENT_LINE.exec(line);
  if (event !== null) {
    const [, name, startS, lengthS, count] = event as unknown as [string, string, string, string, string];
    return spanning(startS, lengthS, { series: new Map(), events: new Map([[name, Number(count)]]) });
  }
  if (line === '' || HLOG_HEAD.includes(`${line}\n`)) return null;
  throw new RangeError('Not a line of a histogram log');
}

function spanning(startS: string, lengthS: string, rest: Pick<Interval, 'series' | 'events'>): Interval {
  return { startMs: Math.round(Number(startS) * 1000), lengthMs: Math.round(Number(lengthS) * 1000), ...rest };
}
