/**
 * Which values count at an index? HdrHistogram's layout (Gil Tene, public domain) for any range and precision; that of our
 * own histograms, fixed and therefore fast, is `ops/metrics/layout.ts`.
 */

export interface Layout {
  /** Values below 2 to this power are not told apart. */
  readonly unitBits: number;
  /** Half of the buckets of one power of two, as a power of two. */
  readonly halfBits: number;
  /** Counts of the whole range. */
  readonly counts: number;
}

const DIGITS_MAX = 5;

/** @throws RangeError where no histogram can have it */
export function layoutOf(lowest: bigint, highest: bigint, digits: number): Layout {
  if (digits < 0 || digits > DIGITS_MAX)
    throw new RangeError(`0 to ${DIGITS_MAX} significant digits expected: ${digits}`);
  if (lowest < 1n || highest < 2n * lowest)
    throw new RangeError(`A range of at least one octave above 0 expected: ${lowest} to ${highest}`);
  const unitBits = lowest.toString(2).length - 1;
  // Twice 10 to the digits, rounded up to a power of two, is the resolution that they need.
  const subBits = Math.ceil(Math.log2(2 * 10 ** digits));
  const halfBits = Math.max(0, subBits - 1);
  let octaves = 1;
  for (let beyond = 1n << BigInt(halfBits + 1 + unitBits); beyond <= highest; beyond *= 2n) octaves += 1;
  return { unitBits, halfBits, counts: (octaves + 1) * 2 ** halfBits };
}

/** The smallest and largest value that count at an index. */
export function bucketBounds(
  { unitBits, halfBits }: Layout,
  index: number,
): { readonly low: number; readonly high: number } {
  const half = 2 ** halfBits;
  const octave = Math.floor(index / half) - 1;
  const size = 2 ** (Math.max(0, octave) + unitBits);
  const low = (octave < 0 ? index : (index % half) + half) * size;
  return { low, high: low + size - 1 };
}
