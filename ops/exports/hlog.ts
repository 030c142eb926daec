/**
 * Intervals as a log that HdrHistogram's tools read (format 1.3): nanoseconds inside the histograms, milliseconds in the
 * column of the maximum, which is what its readers take for granted unless told otherwise.
 *
 * Timestamps are absolute, so there is no BaseTime: a reader finds that out by comparing them with StartTime.
 */
import { toHlogField } from '../metrics/hdr-bytes.ts';
import { maxNsOf } from '../metrics/quantiles.ts';
import type { SelectedInterval } from './selected.ts';
import type { Selection } from './selection.ts';

const LEGEND = '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"';

export function* hlogTexts(
  intervals: Iterable<SelectedInterval>,
  { fromMs }: Selection,
): Generator<string, void, void> {
  yield '#[wp-chat latencies in nanoseconds, by measure;endpoint;outcome;cache;rerank;arm]\n';
  yield '#[Histogram log format version 1.3]\n';
  yield `#[StartTime: ${thousandths(fromMs)} (seconds since epoch), ${new Date(fromMs).toISOString()}]\n`;
  yield `${LEGEND}\n`;
  for (const { startMs, lengthMs, series } of intervals) {
    const time = `${thousandths(startMs)},${thousandths(lengthMs)}`;
    for (const { tag, counts } of series)
      yield `${tag === '' ? '' : `Tag=${tag},`}${time},${thousandths(Math.round(maxNsOf(counts) / 1000))},${toHlogField(counts)}\n`;
    yield '';
  }
}

/** A whole number of thousandths, written in units with three decimals, as the tools write theirs. */
const thousandths = (count: number): string => (count / 1000).toFixed(3);
