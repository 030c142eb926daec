/** All that was selected as one distribution, in the text that HdrHistogram's plotter takes, milliseconds. */
import { createRequire } from 'node:module';
import { Counts } from '../metrics/counts.ts';
import { toHlogField } from '../metrics/hdr-bytes.ts';
import { encodeCounts } from '../metrics/sparse.ts';
import type { SelectedInterval } from './selected.ts';

/** Lines for each halving of the distance to 100 %, as HdrHistogram's own tools print. */
const TICKS_PER_HALF_DISTANCE = 5;
const NS_PER_MS = 1_000_000;
/** Counts are doubles there too. */
const BIT_BUCKET_SIZE = 64;

/** Loaded with the first export: a server that nobody asks for one starts without it. */
const library = (): typeof import('hdr-histogram-js') => createRequire(import.meta.url)('hdr-histogram-js');

export function* percentileTexts(intervals: Iterable<SelectedInterval>): Generator<string, void, void> {
  const merged = new Counts();
  for (const { series } of intervals) {
    for (const { counts } of series) {
      merged.add(counts);
      yield '';
    }
    yield '';
  }
  // Read as bytes, the library's histogram knows its maximum to the end of the bucket, as Java's does.
  const { decodeFromCompressedBase64 } = library();
  const histogram = decodeFromCompressedBase64(toHlogField(encodeCounts(merged.dense)), BIT_BUCKET_SIZE);
  yield histogram.outputPercentileDistribution(TICKS_PER_HALF_DISTANCE, NS_PER_MS);
}
