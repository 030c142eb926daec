/**
 * Which count of an array is a value's? The layout of HdrHistogram (Gil Tene, public domain) for nanoseconds from 1 to an
 * hour at three significant digits, so that an array of ours is a histogram of theirs, bucket by bucket.
 *
 * ```
 * index   0 ........ 2047 | 2048 ..... 3071 | 3072 ..... 4095 | ...
 * value   0 ........ 2047 | 2048 ..... 4095 | 4096 ..... 8191 | ...
 * width          1        |        2        |        4        | ...
 * ```
 */

/** Values are capped to it: an hour. */
export const HIGHEST_NS = 3_600_000_000_000;
export const LOWEST_NS = 1;
export const SIGNIFICANT_DIGITS = 3;

/** Twice 10³, rounded up to a power of two: the resolution that three digits need. */
const SUB_BUCKETS = 2048;
const HALF = SUB_BUCKETS / 2;
const HALF_BITS = 10;
const TWO_32 = 2 ** 32;
/** Width of a bucket's counts, by bucket: looked up some hundred thousand times in an export. */
const WIDTHS = Float64Array.from({ length: 64 }, (_, bucket) => 2 ** bucket);

/** Counts in an array: 33,792. */
export const COUNTS = countsNeeded();

function countsNeeded(): number {
  let buckets = 1;
  for (let beyond = SUB_BUCKETS; beyond <= HIGHEST_NS; beyond *= 2) buckets += 1;
  return (buckets + 1) * HALF;
}

/** @param ns 0 … HIGHEST_NS; fractions are cut off */
export function indexOf(ns: number): number {
  if (ns < SUB_BUCKETS) return ns | 0;
  if (ns < TWO_32) {
    // Every request under four seconds: whole numbers of 32 bits all the way.
    const bucket = 31 - HALF_BITS - Math.clz32(ns);
    return bucket * HALF + (ns >>> bucket);
  }
  const bucket = 63 - HALF_BITS - Math.clz32(ns / TWO_32);
  return bucket * HALF + Math.floor(ns / WIDTHS[bucket]!);
}

/** The smallest value that counts at this index, nanoseconds. */
export function valueAt(index: number): number {
  if (index < SUB_BUCKETS) return index;
  const bucket = (index >> HALF_BITS) - 1;
  return ((index & (HALF - 1)) + HALF) * WIDTHS[bucket]!;
}

/** The largest value that counts at this index, nanoseconds. */
export const highestAt = (index: number): number =>
  index < SUB_BUCKETS ? index : valueAt(index) + WIDTHS[(index >> HALF_BITS) - 1]! - 1;
