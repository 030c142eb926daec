/** Percentiles of one interval, read off its bytes: for what is looked at every second, where a whole array would be waste. */
import { highestAt, indexOf } from './layout.ts';
import { eachCount, type SparseCounts, totalOf } from './sparse.ts';

/**
 * The values that these shares of the events do not exceed, nanoseconds, as `Counts.atPercentile` has them.
 *
 * @param percentiles ascending, 0 to 100
 * @returns zeros where nothing was counted
 */
export function percentilesNs(part: SparseCounts, percentiles: readonly number[]): number[] {
  const total = totalOf(part);
  const values = percentiles.map(() => 0);
  let seen = 0;
  let next = 0;
  eachCount(part, (index, count) => {
    seen += count;
    while (next < percentiles.length && seen >= rankOf(percentiles[next]!, total)) values[next++] = highestAt(index);
  });
  return values;
}

/** How many events the value at a percentile covers, at least one. */
export function rankOf(percentile: number, total: number): number {
  const asked = Math.min((percentile / 100) * total, total);
  // The largest double below the product, or rounding would ask for one event too many.
  return Math.max(1, Math.ceil(asked - asked * Number.EPSILON));
}

/** End of the last bucket that was hit, nanoseconds; 0 where none was. */
export function maxNsOf(part: SparseCounts): number {
  let last = 0;
  eachCount(part, (index) => {
    last = highestAt(index);
  });
  return last;
}

/** Events later than this: those in the value's own bucket, which is a thousandth of it wide, are not. */
export function countAbove(part: SparseCounts, ns: number): number {
  const limit = indexOf(ns);
  let more = 0;
  eachCount(part, (index, count) => {
    if (index > limit) more += count;
  });
  return more;
}
