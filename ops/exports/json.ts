/** Intervals as one JSON value, written piece by piece: each bucket as its least value in nanoseconds and its count. */
import { highestAt, valueAt } from '../metrics/layout.ts';
import { eachCount } from '../metrics/sparse.ts';
import type { SelectedInterval, SelectedSeries } from './selected.ts';
import type { Selection } from './selection.ts';

/** Buckets in one text. */
const BUCKETS = 256;

export function* jsonTexts(
  intervals: Iterable<SelectedInterval>,
  { fromMs, toMs, resolutionS }: Selection,
): Generator<string, void, void> {
  const head = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), resolutionS };
  yield `${JSON.stringify(head).slice(0, -1)},"intervals":[`;
  let between = '';
  for (const { startMs, lengthMs, series } of intervals) {
    yield `${between}\n{"startMs":${startMs},"lengthMs":${lengthMs},"series":[`;
    for (const [at, one] of series.entries()) yield* seriesTexts(one, at === 0 ? '' : ',');
    yield ']}';
    between = ',';
  }
  yield ']}\n';
}

function* seriesTexts({ series, counts }: SelectedSeries, before: string): Generator<string, void, void> {
  const { measure, endpoint, outcome, cache, rerank, arm } = series;
  const buckets: string[] = [];
  let first = -1;
  let last = 0;
  let total = 0;
  eachCount(counts, (index, count) => {
    if (first < 0) first = index;
    last = index;
    total += count;
    buckets.push(`[${valueAt(index)},${count}]`);
  });
  const numbers = { count: total, minNs: total === 0 ? 0 : valueAt(first), maxNs: total === 0 ? 0 : highestAt(last) };
  const head = JSON.stringify({ measure, endpoint, outcome, cache, rerank, arm, ...numbers });
  yield `${before}\n${head.slice(0, -1)},"buckets":[`;
  for (let at = 0; at < buckets.length; at += BUCKETS)
    yield `${at === 0 ? '' : ','}${buckets.slice(at, at + BUCKETS).join(',')}`;
  yield ']}';
}
