/**
 * Records of bytes by number, in compressed blocks: the format of `documents.bin` and `tokens.bin`.
 *
 * ```text
 * 0        4        8                  12              16
 * ├ "WPCR" ┼ format ┼ dictionary bytes ┼ its CRC-32    ┼ dictionary ┼ block ┼ block ┼ …
 *
 * block:   raw DEFLATE (RFC 1951), with the file's dictionary preset, of
 *          ends u32[records] ┼ the records' bytes        an end is counted from the first record's beginning
 * ```
 * All numbers little-endian. Where a block begins, which records it holds, how long it is inflated and its CRC-32 are columns
 * of `posts.bin`, which workers share: 20 bytes a block, some three a passage.
 *
 * A block is small because a hit needs one record of it, and small blocks of prose compress badly alone. The preset
 * dictionary makes up for that: it is cut from the file's own first records, so it speaks the site's language, whichever
 * that is.
 */
import type { Sections } from './sections.ts';

export const RECORD_FILE_MAGIC = 0x52_43_50_57; // "WPCR"
export const RECORD_FILE_FORMAT = 1;
export const RECORD_HEADER_BYTES = 16;
/** A block is closed before it would be longer than this, inflated; a longer record has one of its own. */
export const BLOCK_BYTES = 4096;

/** By block. */
export interface RecordDirectory {
  /** Where its bytes begin in the file; one more entry ends the last. */
  readonly at: Float64Array;
  /** Number of its first record; one more entry is the number of all records. */
  readonly first: Uint32Array;
  /** Its length inflated. */
  readonly inflated: Uint32Array;
  /** CRC-32 (as in ISO 3309) of its bytes in the file. */
  readonly crc: Uint32Array;
}

/** The directory as columns of `posts.bin`, named after the file's content. */
export const directorySections = (name: string, { at, first, inflated, crc }: RecordDirectory): Sections => ({
  [`${name}.at`]: at,
  [`${name}.first`]: first,
  [`${name}.inflated`]: inflated,
  [`${name}.crc`]: crc,
});

export const openDirectory = (name: string, sections: Sections): RecordDirectory => ({
  at: sections[`${name}.at`] as Float64Array,
  first: sections[`${name}.first`] as Uint32Array,
  inflated: sections[`${name}.inflated`] as Uint32Array,
  crc: sections[`${name}.crc`] as Uint32Array,
});
