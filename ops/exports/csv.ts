/**
 * Intervals as tables (RFC 4180): a line for each series with its percentiles, or a line for each bucket, which loses nothing.
 *
 * A table may be opened by a spreadsheet, which would run a text that looks like a formula: such a text begins with an
 * apostrophe here (OWASP, CSV Injection).
 */
import { valueAt } from '../metrics/layout.ts';
import type { Series } from '../metrics/series.ts';
import { eachCount } from '../metrics/sparse.ts';
import type { SelectedInterval } from './selected.ts';
import { summaryOf } from './summary.ts';

const SERIES_COLUMNS = 'measure,endpoint,outcome,cache,rerank,arm';
const PERCENTILES = [50, 90, 95, 99, 99.9, 99.99];
const SUMMARY_HEAD = `start,startMs,lengthMs,${SERIES_COLUMNS},count,minMs,p50Ms,p90Ms,p95Ms,p99Ms,p99.9Ms,p99.99Ms,maxMs,meanMs`;
const BUCKETS_HEAD = `startMs,lengthMs,${SERIES_COLUMNS},valueNs,count`;
const END = '\r\n';
/** Lines of buckets in one text. */
const LINES = 128;

export function* csvSummaryTexts(intervals: Iterable<SelectedInterval>): Generator<string, void, void> {
  yield `${SUMMARY_HEAD}${END}`;
  for (const { startMs, lengthMs, series } of intervals) {
    const time = `${new Date(startMs).toISOString()},${startMs},${lengthMs}`;
    for (const one of series) {
      const { total, minNs, maxNs, meanNs, percentilesNs } = summaryOf(one.counts, PERCENTILES);
      const values = [minNs, ...percentilesNs, maxNs, Math.round(meanNs)];
      yield `${time},${seriesFields(one.series)},${total},${values.map(milliseconds).join(',')}${END}`;
    }
    yield '';
  }
}

export function* csvBucketTexts(intervals: Iterable<SelectedInterval>): Generator<string, void, void> {
  yield `${BUCKETS_HEAD}${END}`;
  for (const { startMs, lengthMs, series } of intervals) {
    for (const one of series) {
      const lead = `${startMs},${lengthMs},${seriesFields(one.series)}`;
      const lines: string[] = [];
      eachCount(one.counts, (index, count) => lines.push(`${lead},${valueAt(index)},${count}${END}`));
      for (let at = 0; at < lines.length; at += LINES) yield lines.slice(at, at + LINES).join('');
    }
    yield '';
  }
}

const seriesFields = ({ measure, endpoint, outcome, cache, rerank, arm }: Series): string =>
  [measure, endpoint, outcome, cache, rerank, arm].map(csvField).join(',');

/** Whole nanoseconds, so at most six decimals, and each that there is. */
const milliseconds = (ns: number): string => String(ns / 1_000_000);

const PLAIN = /^[\w/.:-]*$/;
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

function csvField(text: string): string {
  const tame = FORMULA.test(text) ? `'${text}` : text;
  return PLAIN.test(tame) ? tame : `"${tame.replaceAll('"', '""')}"`;
}
