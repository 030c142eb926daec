import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { decodePayload } from '../../../../ops/capacity/hlog/index.ts';
import { runs } from '../../../support/runs.ts';

/** Counts of fixed width as versions 0 and 1 write them, for a histogram that hdr-histogram-js has recorded. */
function fixedWidth(
  values: readonly number[],
  { version, wordBytes, digits }: { version: 0 | 1; wordBytes: 2 | 4 | 8; digits: 1 | 2 | 3 },
): string {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2 ** 40,
    numberOfSignificantValueDigits: digits,
    bitBucketSize: 32,
  });
  for (const value of values) histogram.recordValue(value);
  // Only the counts are needed, index by index; the plain V2 bytes say how long the range is.
  const inner = histogram as unknown as { getCountAtIndex(index: number): number; countsArrayLength: number };
  const counts = Buffer.alloc(inner.countsArrayLength * wordBytes);
  for (let index = 0; index < inner.countsArrayLength; index++) {
    const count = inner.getCountAtIndex(index);
    if (wordBytes === 8) counts.writeBigInt64BE(BigInt(count), index * 8);
    else if (wordBytes === 4) counts.writeInt32BE(count, index * 4);
    else counts.writeInt16BE(count, index * 2);
  }
  const width = wordBytes << 4;
  const head = Buffer.alloc(version === 0 ? 32 : 40);
  head.writeInt32BE((version === 0 ? 0x1c849308 : 0x1c849301) | width, 0);
  head.writeInt32BE(version === 0 ? digits : counts.length, 4);
  if (version === 1) head.writeInt32BE(digits, 12);
  const at = version === 0 ? 8 : 16;
  head.writeBigInt64BE(1n, at);
  head.writeBigInt64BE(2n ** 40n, at + 8);
  if (version === 1) head.writeDoubleBE(1, 32);
  const deflated = deflateSync(Buffer.concat([head, counts]));
  const outer = Buffer.alloc(8);
  outer.writeInt32BE((version === 0 ? 0x1c849309 : 0x1c849302) | width, 0);
  outer.writeInt32BE(deflated.length, 4);
  return Buffer.concat([outer, deflated]).toString('base64');
}

const someValues = fc.array(fc.integer({ min: 0, max: 2 ** 39 }), { minLength: 1, maxLength: 60 });
const percentiles = [0, 1, 25, 50, 75, 90, 95, 99, 99.9, 100] as const;
const digits = fc.constantFrom(1 as const, 2 as const, 3 as const);

function library(values: readonly number[], significant: 1 | 2 | 3, lowest = 1) {
  const histogram = build({
    lowestDiscernibleValue: lowest,
    highestTrackableValue: 2 ** 41,
    numberOfSignificantValueDigits: significant,
  });
  for (const value of values) histogram.recordValue(value);
  return histogram;
}

describe('the histogram of a line', () => {
  it('has the percentiles that hdr-histogram-js gives, whatever its precision and lowest value', () => {
    fc.assert(
      fc.property(someValues, digits, fc.constantFrom(1, 3, 1000, 4096), (values, significant, lowest) => {
        const histogram = library(values, significant, lowest);
        const read = decodePayload(encodeIntoCompressedBase64(histogram));
        expect(read.total).toBe(values.length);
        for (const percentile of percentiles.slice(1))
          expect(read.atPercentile(percentile)).toBe(histogram.getValueAtPercentile(percentile));
      }),
    );
  });

  it('is the same in versions 0, 1 and 2, with counts of each width', () => {
    fc.assert(
      fc.property(
        someValues,
        digits,
        fc.constantFrom(0 as const, 1 as const),
        fc.constantFrom(2 as const, 4 as const, 8 as const),
        (values, significant, version, wordBytes) => {
          const fixed = decodePayload(fixedWidth(values, { version, wordBytes, digits: significant }));
          const variable = decodePayload(encodeIntoCompressedBase64(library(values, significant)));
          expect(fixed.total).toBe(values.length);
          expect(fixed.bounds).toEqual(variable.bounds);
          for (const bound of fixed.bounds) expect(fixed.countAt(bound)).toBe(variable.countAt(bound));
        },
      ),
      runs(15),
    );
  });

  it('merges with one of another layout, and each value keeps its own precision', () => {
    const fine = decodePayload(encodeIntoCompressedBase64(library([1_000_000], 3)));
    const coarse = decodePayload(encodeIntoCompressedBase64(library([1_000_000, 5_000_000], 1)));
    const merged = fine.merge(coarse);
    expect(merged.total).toBe(3);
    expect(merged.atPercentile(100)).toBe(library([5_000_000], 1).getValueAtPercentile(100));
    expect(merged.mean).toBeGreaterThan(2_000_000);
  });

  it('that is damaged anywhere is refused, never read wrong', () => {
    const whole = Buffer.from(encodeIntoCompressedBase64(library([5, 700, 90_000, 12_345_678], 3)), 'base64');
    const expected = decodePayload(whole.toString('base64'));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(whole);
        damaged[at]! ^= flip;
        let read: ReturnType<typeof decodePayload>;
        try {
          read = decodePayload(damaged.toString('base64'));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        // Bits that zlib does not use, or the width digit that V2 ignores, may differ.
        expect(read.bounds).toEqual(expected.bounds);
      }),
    );
  });

  it('that would unpack to gigabytes is refused', () => {
    const deflated = deflateSync(Buffer.alloc(2 ** 26 + 1), { level: 1 });
    const outer = Buffer.alloc(8);
    outer.writeInt32BE(0x1c849314, 0);
    outer.writeInt32BE(deflated.length, 4);
    expect(() => decodePayload(Buffer.concat([outer, deflated]).toString('base64'))).toThrow(/damaged/);
  });
});
