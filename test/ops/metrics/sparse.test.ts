import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { expect, it } from 'vitest';
import { Counts } from '../../../ops/metrics/counts.ts';
import { fromHlogField, plainBytes, toHlogField } from '../../../ops/metrics/hdr-bytes.ts';
import { COUNTS, indexOf } from '../../../ops/metrics/layout.ts';
import { countAbove, maxNsOf, percentilesNs } from '../../../ops/metrics/quantiles.ts';
import { eachCount, encodeCounts, mergeCounts, totalOf } from '../../../ops/metrics/sparse.ts';
import { runs } from '../../support/runs.ts';
import { latencyNs, libraryHistogram, sparseOf } from './hdr.ts';

const latencies = fc.array(latencyNs, { maxLength: 300 });
/** Counts by index, also such as a month of heavy traffic would give. */
const counted = fc.dictionary(
  fc.integer({ min: 0, max: COUNTS - 1 }).map(String),
  fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 2 ** 52 - 1 })),
  { maxKeys: 40 },
);
const asPairs = (bytes: Uint8Array): [number, number][] => {
  const pairs: [number, number][] = [];
  eachCount(bytes, (index, count) => pairs.push([index, count]));
  return pairs;
};

it('counts come back as they were, in order, and the array is left empty', () => {
  fc.assert(
    fc.property(counted, (counts) => {
      const array = new Float64Array(COUNTS);
      for (const [index, count] of Object.entries(counts)) array[Number(index)] = count;
      const expected = [...array.entries()].filter(([, count]) => count > 0);
      const bytes = encodeCounts(array);
      expect(asPairs(bytes)).toEqual(expected);
      expect(array.some((count) => count !== 0)).toBe(false);
      expect(totalOf(bytes)).toBe(expected.reduce((sum, [, count]) => sum + count, 0));
    }),
  );
});

it('the library reads what we write, and we read what it writes', () => {
  fc.assert(
    fc.property(fc.array(latencyNs, { minLength: 1, maxLength: 300 }), (values) => {
      const library = libraryHistogram();
      for (const value of values) library.recordValue(value);
      const ours = sparseOf(values);
      const theirs = inflateSync(Buffer.from(encodeIntoCompressedBase64(library), 'base64').subarray(8));
      // Its offset and ratio are not those of Java's: 1 in both, as whole numbers.
      expect(plainBytes(ours).subarray(12, 32)).toEqual(theirs.subarray(12, 32));
      // A lone zero it writes as a count of none.
      expect(asPairs(ours)).toEqual(asPairs(Uint8Array.from(theirs.subarray(40))));
      const read = decodeFromCompressedBase64(toHlogField(ours));
      expect(read.totalCount).toBe(values.length);
    }),
    runs(20),
  );
});

it('merging is the sum, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(latencies, { minLength: 1, maxLength: 5 }), (groups) => {
      const merged = mergeCounts(groups.map(sparseOf));
      expect(merged).toEqual(sparseOf(groups.flat()));
      expect(mergeCounts(groups.map(sparseOf).toReversed())).toEqual(merged);
    }),
    runs(20),
  );
});

it('percentiles, largest and counts above are those of HdrHistogram, from arrays and from bytes alike', () => {
  const asked = [1, 50, 90, 95, 99, 99.9, 99.99, 100];
  fc.assert(
    fc.property(fc.array(latencyNs, { minLength: 1, maxLength: 200 }), latencyNs, (values, limit) => {
      const library = libraryHistogram();
      for (const value of values) library.recordValue(value);
      const bytes = sparseOf(values);
      const counts = Counts.of(bytes);
      const expected = asked.map((percentile) => library.getValueAtPercentile(percentile));
      expect(asked.map((percentile) => counts.atPercentile(percentile))).toEqual(expected);
      expect(percentilesNs(bytes, asked)).toEqual(expected);
      const later = values.filter((value) => indexOf(value) > indexOf(limit)).length;
      expect([counts.above(limit), countAbove(bytes, limit)]).toEqual([later, later]);
      expect([counts.maxNs, maxNsOf(bytes)].map(indexOf)).toEqual(
        [values, values].map((all) => indexOf(Math.max(...all))),
      );
    }),
    runs(15),
  );
});

it('a field that is damaged or of another layout is refused, whichever byte it is', () => {
  const field = toHlogField(sparseOf([1, 5_000, 2_000_000, 2_000_001, 3e12]));
  const bytes = Buffer.from(field, 'base64');
  let refused = 0;
  for (let at = 0; at < bytes.length; at++) {
    const harmed = Buffer.from(bytes);
    harmed[at]! ^= 0x21;
    try {
      // The second length is not needed to read it; whatever is read must be what was written.
      expect(fromHlogField(harmed.toString('base64'))).toEqual(fromHlogField(field));
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(bytes.length - 10);
  for (const foreign of ['', 'AAAA', field.slice(0, 20), `${field.slice(0, -8)}AAAAAAA=`])
    expect(() => fromHlogField(foreign), foreign).toThrow(RangeError);
});

it('bytes that are no counts are refused, never read past their end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        eachCount(bytes, (index, count) => {
          expect(index).toBeLessThan(COUNTS);
          expect(count).toBeGreaterThan(0);
        });
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    runs(500),
  );
});
