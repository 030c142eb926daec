/** What does BM25, computed in doubles from the true frequency and length, give this document? */
import {
  DENSE_STEP,
  DIRECTORY_BYTES,
  ESCAPE_BYTES,
  FREQUENCY_ESCAPE,
  RECORD_CODES_AT,
  RECORD_DENSE,
  RECORD_DF,
  RECORD_DIRECTORY_AT,
  RECORD_DOCUMENTS_AT,
  RECORD_ESCAPES,
  RECORD_ESCAPES_AT,
  RECORD_WINDOWS,
  WINDOW_BITS,
} from '../format';
import { IMAGE_AT, NORMS, SUMS, TERM_BYTES, TERM_MULTIPLIER, TERM_RECORD, TERMS } from '../memory';
import { locate, NOT_FOUND } from './locate';
import { averageLength, b, documents, k1, lengths, scratch } from './place';

/**
 * Scores the `count` (at most BATCH_MAX) documents whose ids lie at `ids`, over the first `terms` query terms. Leaves the
 * sums at SUMS. Term by term, so that the lookups of one do not wait for one another; each sum is in the query's order.
 */
export function scoreExactly(terms: u32, ids: usize, count: u32): void {
  const sums = scratch + SUMS;
  const norms = scratch + NORMS;
  for (let i: u32 = 0; i < count; i++) {
    const length = <f64>load<u32>(lengths + ((<usize>load<u32>(ids + ((<usize>i) << 2))) << 2));
    store<f64>(norms + ((<usize>i) << 3), k1 * (1 - b + (b * length) / averageLength));
    store<f64>(sums + ((<usize>i) << 3), 0);
  }
  let term = scratch + TERMS;
  for (let t: u32 = 0; t < terms; t++) {
    const record: usize = load<u32>(term, TERM_RECORD);
    const multiplier = load<f64>(term, TERM_MULTIPLIER);
    for (let i: usize = 0; i < count; i++) {
      const tf = <f64>frequencyIn(record, load<u32>(ids + (i << 2)));
      const part: f64 = tf == 0 ? 0 : multiplier * (tf / (tf + load<f64>(norms + (i << 3))));
      store<f64>(sums + (i << 3), load<f64>(sums + (i << 3)) + part);
    }
    term += TERM_BYTES;
  }
}

/** Occurrences of the term of `record` in `document`; 0 if it has none. */
export function frequencyIn(record: usize, document: u32): u32 {
  const codes: usize = IMAGE_AT + load<u32>(record, RECORD_CODES_AT);
  let stored: u32;
  if (load<u32>(record, RECORD_DENSE)) stored = load<u8>(codes + denseStride() + document);
  else {
    const posting = postingOf(record, document);
    if (posting == NOT_FOUND) return 0;
    stored = load<u8>(codes + load<u32>(record, RECORD_DF) + posting);
  }
  return stored < <u32>FREQUENCY_ESCAPE ? stored : escaped(record, document);
}

/** Documents rounded up as the codes of a dense term are: its frequencies follow there. */
function denseStride(): u32 {
  return (documents + DENSE_STEP - 1) & ~(DENSE_STEP - 1);
}

function postingOf(record: usize, document: u32): u32 {
  const window = document >> WINDOW_BITS;
  const windows = load<u32>(record, RECORD_WINDOWS);
  const directory: usize = IMAGE_AT + load<u32>(record, RECORD_DIRECTORY_AT);
  // Most directories have every window, so the guess is right or a few entries too far.
  let entry = directory + <usize>min(window, windows - 1) * DIRECTORY_BYTES;
  while (<u32>load<u16>(entry) > window && entry > directory) entry -= DIRECTORY_BYTES;
  if (<u32>load<u16>(entry) != window) return NOT_FOUND;
  return locate(entry, IMAGE_AT + load<u32>(record, RECORD_DOCUMENTS_AT), document & 0xffff);
}

function escaped(record: usize, document: u32): u32 {
  let from: usize = IMAGE_AT + load<u32>(record, RECORD_ESCAPES_AT);
  let count = load<u32>(record, RECORD_ESCAPES);
  while (count > 1) {
    const half = count >> 1;
    const middle = from + <usize>half * ESCAPE_BYTES;
    if (load<u32>(middle) <= document) from = middle;
    count -= half;
  }
  return load<u32>(from, 4);
}
