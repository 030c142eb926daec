/** Histograms of the library, and of ours, of the same events. */

import fc from 'fast-check';
import { build, type Histogram } from 'hdr-histogram-js';
import { COUNTS, HIGHEST_NS, indexOf } from '../../../ops/metrics/layout.ts';
import { encodeCounts, type SparseCounts } from '../../../ops/metrics/sparse.ts';

export const libraryHistogram = (): Histogram =>
  build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_NS,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
  });

/** Latencies of every magnitude, nanoseconds. */
export const latencyNs = fc
  .tuple(fc.integer({ min: 0, max: 41 }), fc.double({ min: 1, max: 2, noNaN: true }))
  .map(([magnitude, factor]) => Math.min(HIGHEST_NS, Math.floor(2 ** magnitude * factor)));

export function sparseOf(values: Iterable<number>): SparseCounts {
  const counts = new Float64Array(COUNTS);
  for (const value of values) counts[indexOf(value)]! += 1;
  return encodeCounts(counts);
}
