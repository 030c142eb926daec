/**
 * The BM25 core: here are the terms of a query, which documents are the best k?
 *
 * Windowed term-at-a-time evaluation with MaxScore's split of the terms in every window, over codes; the survivors are
 * ordered by exact scores. The host writes query terms and mask into the scratch area and reads ids and scores there.
 */
import {
  DIRECTORY_BYTES,
  DIRECTORY_CODE_MAX,
  DIRECTORY_FIRST,
  DIRECTORY_SENTINEL,
  WINDOW_BITS,
  WINDOW_DOCUMENTS,
} from '../format';
import {
  BATCH_MAX,
  IDS,
  KEYS,
  ORDER,
  REACH,
  SCORES,
  SUMS,
  TERM_BYTES,
  TERM_CURSOR,
  TERM_DENSE,
  TERM_END,
  TERM_ENTRY,
  TERM_FIRST,
  TERM_IMPACT,
  TERM_WEIGHT,
  TERMS,
} from '../memory';
import { need, open, resolve } from './candidates';
import { frequencyIn, scoreExactly } from './exact';
import { contribution } from './lanes';
import { documents, place, scratch } from './place';
import { completeOffers, openQuery, openWindow } from './probe';
import { offerSeveral } from './several';
import { offerSingle } from './single';
import { advance, floorOf, nextWindow, terms, weigh } from './weights';

/** Sets the scratch area of this instance, an address in the memory. To be called first, once. */
export function attach(scratchAt: usize): void {
  place(scratchAt);
}

/**
 * Leaves the best `k` documents at IDS and SCORES and returns how many there are. `kth` is the place among the stored
 * k-th codes that holds for k, or −1 for none, as with a mask: then no bound is known beforehand.
 */
export function search(count: u32, k: u32, kth: i32, masked: bool): u32 {
  weigh(count);
  openQuery(masked);
  open(k, kth < 0 ? 0 : floorOf(kth));
  for (let window = nextWindow(); window != DIRECTORY_SENTINEL; window = nextWindow()) searchWindow(window);
  const found = resolve();
  for (let i: usize = 0; i < found; i++) {
    const key = load<u64>(scratch + KEYS + (i << 3));
    store<u32>(scratch + IDS + (i << 2), ~(<u32>key));
    store<u32>(scratch + SCORES + (i << 2), <u32>(key >> 32));
  }
  return found;
}

/** Leaves at SCORES the exact scores of the `documents` ids at IDS. */
export function score(count: u32, ids: u32): void {
  for (let first: u32 = 0; first < ids; first += BATCH_MAX) {
    const some = min(ids - first, BATCH_MAX);
    scoreExactly(count, scratch + IDS + ((<usize>first) << 2), some);
    for (let i: usize = 0; i < some; i++) {
      store<f32>(scratch + SCORES + ((first + i) << 2), <f32>load<f64>(scratch + SUMS + (i << 3)));
    }
  }
}

/** Occurrences of the term of the record at this address. */
export function frequency(record: usize, document: u32): u32 {
  return frequencyIn(record, document);
}

function searchWindow(window: u32): void {
  const present = order(window);
  // REACH[i] is what the i weakest terms can add up to.
  let reach: u32 = 0;
  let others: u32 = 0;
  store<u32>(scratch + REACH, 0);
  for (let i: u32 = 0; i < present; i++) {
    reach += load<u32>(load<u32>(scratch + ORDER + ((<usize>i) << 2)), TERM_IMPACT);
    store<u32>(scratch + REACH + ((<usize>(i + 1)) << 2), reach);
    if (reach < need) others = i + 1;
  }
  if (others == present) return;
  const base = window << WINDOW_BITS;
  openWindow(base, others);
  if (present - others == 1) offerSingle(load<u32>(scratch + ORDER + ((<usize>others) << 2)));
  else offerSeveral(others, present, min(documents - base, WINDOW_DOCUMENTS));
  completeOffers();
}

/** Writes the terms with postings in this window to ORDER, weakest first, moves them on, and returns their number. */
function order(window: u32): u32 {
  let present: u32 = 0;
  for (let i: u32 = 0; i < terms; i++) {
    const term = scratch + TERMS + <usize>i * TERM_BYTES;
    const cursor: usize = load<u32>(term, TERM_CURSOR);
    if (<u32>load<u16>(cursor) != window) continue;
    const impact = contribution(load<u8>(cursor, DIRECTORY_CODE_MAX), load<u32>(term, TERM_WEIGHT));
    const first = load<u32>(cursor, DIRECTORY_FIRST);
    store<u32>(term, <u32>cursor, TERM_ENTRY);
    store<u32>(term, impact, TERM_IMPACT);
    store<u32>(term, first, TERM_FIRST);
    const denseEnd = min(first + WINDOW_DOCUMENTS, documents);
    store<u32>(
      term,
      load<u32>(term, TERM_DENSE) ? denseEnd : load<u32>(cursor, DIRECTORY_BYTES + DIRECTORY_FIRST),
      TERM_END,
    );
    advance(term);
    let at = present;
    for (; at > 0; at--) {
      const weaker = load<u32>(scratch + ORDER + ((<usize>(at - 1)) << 2));
      if (load<u32>(weaker, TERM_IMPACT) <= impact) break;
      store<u32>(scratch + ORDER + ((<usize>at) << 2), weaker);
    }
    store<u32>(scratch + ORDER + ((<usize>at) << 2), term);
    present += 1;
  }
  return present;
}
