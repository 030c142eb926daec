/**
 * Where does each byte of a lexical index lie? The writer, the loader and the WebAssembly core import this file, and
 * nothing else knows an offset.
 *
 * The file is loaded verbatim into linear memory, so every `…At` is a byte offset from the start of the file, and all
 * numbers are little-endian. Sections follow one another in this order, each starting at a multiple of 64:
 *
 *     header    ┌ magic u8[8] │ version u32 │ crc32 u32 │ bytes f64 │ k1 f64 │ b f64 │ average length f64 │
 *               └ tokens f64 │ postings f64 │ documents, terms, slots u32 │ three section offsets u32 │ 0…
 *     slots     ┌ hash u32 │ record at u32 ┐ × slots (a power of two), open addressing, 0 = free
 *     lengths   u32 a document: its tokens
 *     terms     one after the other, each at a multiple of 8 and in one piece, so that a rare term costs one cache miss:
 *               record       64 bytes, see RECORD_…
 *               name         UTF-16 code units
 *               directory    the windows with postings, and 1 sentinel, see DIRECTORY_…
 *               blocks       u16 each: where the blocks of a window start among its postings
 *               postings     of a sparse term: document in window u16[df], code u8[df], frequency u8[df]
 *                            of a dense term, from a multiple of 64 on: code u8[n], frequency u8[n], n = documents
 *                            rounded up to DENSE_STEP
 *               escapes      ┌ document u32 │ frequency u32 ┐ by document, for frequencies of 255 and more
 *     padding   PADDING_BYTES zeros, since vector loads read past the end of a list
 *
 * A code is ceil(255 × p / m): p is the posting's BM25 part tf / (tf + k1·(1 − b + b·length/average)), m the largest p
 * of the term; 0 only where a dense term is absent. The checksum covers every byte after its own field.
 *
 * AssemblyScript compiles this file too: only numeric constants here.
 */

export const FORMAT_VERSION = 1;

export const HEADER_BYTES = 128;
export const HEADER_VERSION = 8;
export const HEADER_CHECKSUM = 12;
export const HEADER_TOTAL_BYTES = 16;
export const HEADER_K1 = 24;
export const HEADER_B = 32;
export const HEADER_AVERAGE_LENGTH = 40;
export const HEADER_TOKENS = 48;
export const HEADER_POSTINGS = 56;
export const HEADER_DOCUMENTS = 64;
export const HEADER_TERMS = 68;
export const HEADER_SLOTS = 72;
export const HEADER_SLOTS_AT = 76;
export const HEADER_LENGTHS_AT = 80;
export const HEADER_TERMS_AT = 84;

export const SECTION_ALIGNMENT = 64;
export const PADDING_BYTES = 64;

export const SLOT_BYTES = 8;

/*
 * record  0 name units │ 4 df │ 8 dense 0|1 │ 12 windows │ 16 directory at │ 20 documents at │ 24 codes at │
 *         28 escapes at │ 32 escapes │ 36 0 │ 40 idf f64 │ 48 largest part f64 │
 *         56 k-th largest code u8[8], for the k of KTH_STORED in image.ts; 0 where df < k
 */
export const RECORD_BYTES = 64;
export const RECORD_NAME_UNITS = 0;
export const RECORD_DF = 4;
export const RECORD_DENSE = 8;
export const RECORD_WINDOWS = 12;
export const RECORD_DIRECTORY_AT = 16;
export const RECORD_DOCUMENTS_AT = 20;
export const RECORD_CODES_AT = 24;
export const RECORD_ESCAPES_AT = 28;
export const RECORD_ESCAPES = 32;
export const RECORD_IDF = 40;
export const RECORD_PART_MAX = 48;
export const RECORD_KTH_CODES = 56;

/*
 * entry   0 window u16 │ 2 largest code u8 │ 3 shift u8 │ 4 first posting u32 │ 8 blocks at u32
 * Block i of a window holds the documents i << shift … ((i + 1) << shift) − 1, about BLOCK_POSTINGS of them, and starts
 * at the window's posting blocks[i]; one more entry ends the last (modulo 2¹⁶). So any document is found in one step. A
 * window with few postings, or of a dense term, has no blocks: shift 16.
 */
export const DIRECTORY_BYTES = 12;
export const DIRECTORY_CODE_MAX = 2;
export const DIRECTORY_SHIFT = 3;
export const DIRECTORY_FIRST = 4;
export const DIRECTORY_BLOCKS_AT = 8;
/** Ends a directory; its first posting is the term's df. */
export const DIRECTORY_SENTINEL = 0xffff;

export const ESCAPE_BYTES = 8;
/** Stored where the frequency is this or more: the true one is among the escapes. */
export const FREQUENCY_ESCAPE = 255;

/** Documents of a window: what a u16 addresses. */
export const WINDOW_BITS = 16;
export const WINDOW_DOCUMENTS = 65536;
export const CODE_MAX = 255;
/** Postings that one vector comparison covers; a window with no more needs no blocks. */
export const BLOCKLESS_POSTINGS = 8;
/** The most postings that a block holds on average. */
export const BLOCK_POSTINGS = 4;
/** A term in more than one document of this many is stored densely. */
export const DENSE_SHARE = 8;
/** Documents that a vector loop over a dense term takes at once. */
export const DENSE_STEP = 32;

/** Documents that one query can ask for. */
export const TOP_MAX = 1000;
/** Distinct terms of one query. */
export const QUERY_TERMS_MAX = 256;
