import fc from 'fast-check';
import { expect, it } from 'vitest';
import { COUNTS, HIGHEST_NS, highestAt, indexOf, valueAt } from '../../../ops/metrics/layout.ts';
import { runs } from '../../support/runs.ts';
import { latencyNs, libraryHistogram } from './hdr.ts';

interface Inside {
  readonly countsArrayLength: number;
  countsArrayIndex(value: number): number;
  valueFromIndex(index: number): number;
}
const library = libraryHistogram() as unknown as Inside;

it('arrays are as long as those of HdrHistogram', () => {
  expect(COUNTS).toBe(library.countsArrayLength);
});

it('every value counts where HdrHistogram counts it', () => {
  fc.assert(
    fc.property(latencyNs, (ns) => {
      expect(indexOf(ns)).toBe(library.countsArrayIndex(ns));
    }),
    runs(1000),
  );
  for (const edge of [0, 1, 2047, 2048, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, HIGHEST_NS])
    expect(indexOf(edge), String(edge)).toBe(library.countsArrayIndex(edge));
});

it('an index leads back to its smallest and largest value, and they follow each other without a gap', () => {
  const wrong: number[] = [];
  let last = 0;
  for (let index = 0; index < COUNTS && valueAt(index) <= HIGHEST_NS; index++) {
    const low = valueAt(index);
    const high = highestAt(index);
    const narrow = (high - low) / Math.max(1, low) < 0.001;
    const roundTrip = indexOf(low) === index && indexOf(high) === index && low === library.valueFromIndex(index);
    if (!(narrow && roundTrip && (valueAt(index + 1) === high + 1 || index === COUNTS - 1))) wrong.push(index);
    last = index;
  }
  expect([wrong, last]).toEqual([[], indexOf(HIGHEST_NS)]);
});

it('fractions of a nanosecond are cut off', () => {
  fc.assert(
    fc.property(latencyNs, fc.double({ min: 0, max: 0.99, noNaN: true }), (ns, fraction) => {
      fc.pre(ns < 2 ** 40);
      expect(indexOf(ns + fraction)).toBe(indexOf(ns));
    }),
  );
});
