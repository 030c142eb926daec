/**
 * What came since the last look at counts that others go on adding to? Shared memory without locks:
 *
 * ```
 * 0 … 33,791        the counts, as layout.ts has them
 * 33,792 … 33,824   how many events each block of 1,024 counts has, so that quiet blocks need not be read
 * ```
 *
 * A writer adds to the count, then to its block. A reader may see the second before the first: what it takes of a block is
 * what it found in the counts, so that the rest is found at the next look.
 */
import { COUNTS } from './layout.ts';
import { type SparseCounts, SparseWriter } from './sparse.ts';

const BLOCK_BITS = 10;
const BLOCKS = COUNTS >> BLOCK_BITS;

export const SHARED_COUNTS = COUNTS + BLOCKS;

/** Where the events of a count's block are counted. */
export const blockOf = (index: number): number => COUNTS + (index >> BLOCK_BITS);

const writer = new SparseWriter();

/** By how much `now` has grown since `seen`, modulo 2³²; afterwards `seen` holds what was taken. */
export function encodeGrowth(now: Int32Array, seen: Int32Array): SparseCounts {
  for (let block = 0; block < BLOCKS; block++) {
    const at = COUNTS + block;
    if (now[at] === seen[at]) continue;
    const end = (block + 1) << BLOCK_BITS;
    let taken = 0;
    for (let index = block << BLOCK_BITS; index < end; index++) {
      const count = now[index]!;
      const grown = (count - seen[index]!) >>> 0;
      if (grown === 0) continue;
      seen[index] = count;
      taken += grown;
      writer.add(index, grown);
    }
    seen[at] = (seen[at]! + taken) | 0;
  }
  return writer.take();
}

/** How many events there were since. */
export function growthOf(now: Int32Array, seen: Int32Array): number {
  let grown = 0;
  for (let at = COUNTS; at < SHARED_COUNTS; at++) grown += (now[at]! - seen[at]!) >>> 0;
  return grown;
}
