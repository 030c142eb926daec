/**
 * Linear memory: one image of the index file, read by every worker, and one scratch area a worker.
 *
 *     0          64 KiB unused, so that no valid pointer is 0
 *     image      the file, as drawn in ./format.ts
 *     scratch 0  ┌ accumulators u16[65,536] │ query terms 64 B × 256 │ order u32[256] │
 *     scratch 1  │ reach u32[272] │ thresholds u32[1,024] │ keys u64[1,024] │ candidates 8 B × 8,192 │
 *     …          │ ids u32[8,192] │ scores f32[8,192] │ batch 8 B × 256 │ sums f64[256] │ norms f64[256] │
 *                └ mask, 1 bit a document
 *
 * Globals are per instance, the memory is not: whatever changes during a query lies in a scratch area or in a global.
 *
 * AssemblyScript compiles this file too: only numeric constants here.
 */

export const IMAGE_AT = 65536;

export const ACCUMULATORS = 0;
export const TERMS = 131072;
export const ORDER = 147456;
export const REACH = 148480;
export const THRESHOLDS = 149568;
export const KEYS = 153664;
export const CANDIDATES = 161856;
export const IDS = 227392;
export const SCORES = 260160;
export const BATCH = 292928;
export const SUMS = 294976;
export const NORMS = 297024;
export const MASK = 299072;

/** Documents whose sums are completed together. */
export const BATCH_MAX = 256;
export const CANDIDATES_MAX = 8192;
export const CANDIDATE_BYTES = 8;
export const CANDIDATE_SUM = 4;

/*
 * query term   0 multiplier f64 │ 8 record │ 12 weight │ 16 directory cursor │ 20 documents │ 24 codes │ 28 impact │
 *              32 first posting │ 36 end of postings │ 40 directory entry │ 44 dense 0|1 │ 48 … 63 unused
 * The host writes the first two fields: idf × query weight, and the address of the term's record.
 */
export const TERM_BYTES = 64;
export const TERM_MULTIPLIER = 0;
export const TERM_RECORD = 8;
export const TERM_WEIGHT = 12;
export const TERM_CURSOR = 16;
export const TERM_DOCUMENTS = 20;
export const TERM_CODES = 24;
/** The largest contribution of the term within the window. */
export const TERM_IMPACT = 28;
export const TERM_FIRST = 32;
export const TERM_END = 36;
/** The directory entry of the window, behind the cursor, which is at the next one. */
export const TERM_ENTRY = 40;
export const TERM_DENSE = 44;
