/** Which bytes will blocks of such records have in common? */

/** Longest dictionary; inflating a block begins with copying it. */
const DICTIONARY_BYTES_MAX = 16_384;
/** The dictionary is stored too: it may be this share of what it was cut from. */
const DICTIONARY_SHARE = 32;
/** Bytes taken of a record: many beginnings have more in common with the next record than few whole ones. */
const PIECE_BYTES = 128;

/**
 * Beginnings of records at equal distances over the sample. What DEFLATE finds nearest is cheapest to point at, so nothing is
 * gained by sorting.
 *
 * @returns at most 1/32 of the sample's bytes, and at most 16 KiB
 */
export function cutDictionary(records: readonly Uint8Array[]): Buffer {
  const sampleBytes = records.reduce((sum, { length }) => sum + length, 0);
  const wanted = Math.min(DICTIONARY_BYTES_MAX, Math.floor(sampleBytes / DICTIONARY_SHARE));
  const pieces: Uint8Array[] = [];
  const step = Math.max(1, Math.floor((records.length * PIECE_BYTES) / Math.max(1, wanted)));
  for (let at = 0; at < records.length; at += step) pieces.push(records[at]!.subarray(0, PIECE_BYTES));
  return Buffer.concat(pieces).subarray(0, wanted);
}
