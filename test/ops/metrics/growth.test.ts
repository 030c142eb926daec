import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blockOf, encodeGrowth, growthOf, SHARED_COUNTS } from '../../../ops/metrics/growth.ts';
import { indexOf } from '../../../ops/metrics/layout.ts';
import { eachCount } from '../../../ops/metrics/sparse.ts';
import { runs } from '../../support/runs.ts';
import { latencyNs } from './hdr.ts';

const asPairs = (bytes: Uint8Array): [number, number][] => {
  const pairs: [number, number][] = [];
  eachCount(bytes, (index, count) => pairs.push([index, count]));
  return pairs;
};

function add(counts: Int32Array, index: number, count: number): void {
  counts[index]! += count;
  counts[blockOf(index)]! += count;
}

it('growth is what came since, also across the end of 32 bits', () => {
  const step = fc.array(fc.tuple(latencyNs.map(indexOf), fc.integer({ min: 1, max: 2 ** 29 })), { maxLength: 5 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const now = new Int32Array(SHARED_COUNTS);
      const seen = new Int32Array(SHARED_COUNTS);
      for (const events of steps) {
        const expected = new Map<number, number>();
        for (const [index, count] of events) {
          add(now, index, count);
          expected.set(index, (expected.get(index) ?? 0) + count);
        }
        expect(growthOf(now, seen)).toBe(events.reduce((sum, [, count]) => sum + count, 0));
        expect(asPairs(encodeGrowth(now, seen))).toEqual([...expected].sort(([a], [b]) => a - b));
        expect(Buffer.from(seen.buffer).equals(Buffer.from(now.buffer))).toBe(true);
      }
      expect(encodeGrowth(now, seen)).toHaveLength(0);
    }),
    runs(10),
  );
});

it('an event of which only the block is seen yet is found when its count is', () => {
  const now = new Int32Array(SHARED_COUNTS);
  const seen = new Int32Array(SHARED_COUNTS);
  add(now, 5000, 3);
  now[blockOf(5001)]! += 1;
  expect(asPairs(encodeGrowth(now, seen))).toEqual([[5000, 3]]);
  expect(asPairs(encodeGrowth(now, seen))).toEqual([]);
  now[5001]! += 1;
  expect(asPairs(encodeGrowth(now, seen))).toEqual([[5001, 1]]);
  expect(growthOf(now, seen)).toBe(0);
});
