/**
 * What are the numbers of one series in one interval? Taken from its encoded counts as they are: few of its buckets were
 * hit, and an array of all that there are would take longer to walk than these take to read.
 */
import { highestAt, valueAt } from '../metrics/layout.ts';
import { eachCount, type SparseCounts } from '../metrics/sparse.ts';
import { rankOf } from './rank.ts';

/** Nanoseconds; zeros where nothing was counted. */
export interface Summary {
  readonly total: number;
  /** The least value of the first bucket that was hit. */
  readonly minNs: number;
  /** The largest value of the last one. */
  readonly maxNs: number;
  /** Each event taken at the middle of its bucket. */
  readonly meanNs: number;
  /** In the order of the percentiles that were asked for. */
  readonly percentilesNs: readonly number[];
}

/** @param percentiles 0 to 100, ascending */
export function summaryOf(counts: SparseCounts, percentiles: readonly number[]): Summary {
  const indexes: number[] = [];
  const seen: number[] = [];
  let total = 0;
  let sum = 0;
  eachCount(counts, (index, count) => {
    total += count;
    sum += ((valueAt(index) + highestAt(index)) / 2) * count;
    indexes.push(index);
    seen.push(total);
  });
  if (total === 0) return { total, minNs: 0, maxNs: 0, meanNs: 0, percentilesNs: percentiles.map(() => 0) };
  let at = 0;
  const percentilesNs = percentiles.map((percentile) => {
    const rank = rankOf(percentile, total);
    while (seen[at]! < rank) at += 1;
    return highestAt(indexes[at]!);
  });
  return { total, minNs: valueAt(indexes[0]!), maxNs: highestAt(indexes.at(-1)!), meanNs: sum / total, percentilesNs };
}
