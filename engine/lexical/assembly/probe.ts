/**
 * Do these documents, of which some terms are added up already, still reach the best k when the others are looked up?
 *
 * The others are the window's non-essential terms in the sense of MaxScore (Turtle and Flood, 1995): together they
 * cannot lift a document over the bound, so only documents of the essential terms are offered here. Documents are
 * gathered, and completed term by term, strongest first: the lookups of one term do not wait for one another, and what
 * can no longer reach the bound is squeezed out without a branch to mispredict.
 */
import {
  BATCH,
  BATCH_MAX,
  MASK,
  ORDER,
  REACH,
  TERM_CODES,
  TERM_DENSE,
  TERM_DOCUMENTS,
  TERM_ENTRY,
  TERM_FIRST,
  TERM_WEIGHT,
} from '../memory';
import { keep, need } from './candidates';
import { contribution } from './lanes';
import { locate, NOT_FOUND } from './locate';
import { scratch } from './place';

/** The first batches are small, since each of them raises the bound. */
const FIRST_BATCH: usize = 16;

let base: u32 = 0;
let others: u32 = 0;
let masked: bool = false;
let batch: usize = 0;
let end: usize = 0;
let full: usize = 0;
let batchBytes: usize = 0;

/** Starts a query; `yes` if the mask decides which documents may pass. */
export function openQuery(yes: bool): void {
  masked = yes;
  batchBytes = FIRST_BATCH * 8;
}

/** Starts a window whose first document is `first`, with `count` non-essential terms at the head of ORDER. */
export function openWindow(first: u32, count: u32): void {
  base = first;
  others = count;
  batch = scratch + BATCH;
  empty();
}

function empty(): void {
  end = batch;
  full = batch + batchBytes;
}

/** What the essential terms must add up to for a document to be worth an offer; at least 1. */
export function partialNeed(): u32 {
  return need - load<u32>(scratch + REACH + ((<usize>others) << 2));
}

/** Hands in a document of this window (0 … 65,535) with the sum of its essential terms. */
export function offer(document: u32, sum: u32): void {
  store<u32>(end, document);
  store<u32>(end, sum, 4);
  end += 8;
  if (end == full) {
    batchBytes = min(batchBytes * 2, BATCH_MAX * 8);
    completeOffers();
  }
}

/** Completes the sums of the documents handed in, and keeps those that reach the bound. To be called after the last. */
export function completeOffers(): void {
  if (masked) applyMask();
  for (let i = others; i > 0; ) {
    i -= 1;
    const term: usize = load<u32>(scratch + ORDER + ((<usize>i) << 2));
    // The weakest i terms are still to come.
    const least = need - load<u32>(scratch + REACH + ((<usize>i) << 2));
    if (load<u32>(term, TERM_DENSE)) addDenseTerm(term, least);
    else addSparseTerm(term, least);
  }
  for (let at = batch; at < end; at += 8) {
    const sum = load<u32>(at, 4);
    if (sum >= need) keep(base + load<u32>(at), sum);
  }
  empty();
}

function applyMask(): void {
  let to = batch;
  for (let from = batch; from < end; from += 8) {
    const document = base + load<u32>(from);
    store<u64>(to, load<u64>(from));
    to += ((load<u8>(scratch + MASK + <usize>(document >> 3)) >> <u8>(document & 7)) & 1) << 3;
  }
  end = to;
}

function addDenseTerm(term: usize, least: u32): void {
  const codes = <usize>(load<u32>(term, TERM_CODES) + load<u32>(term, TERM_FIRST));
  const weight = load<u32>(term, TERM_WEIGHT);
  let to = batch;
  for (let from = batch; from < end; from += 8) {
    const document = load<u32>(from);
    const sum = load<u32>(from, 4) + contribution(load<u8>(codes + document), weight);
    store<u32>(to, document);
    store<u32>(to, sum, 4);
    to += (<usize>(sum >= least)) << 3;
  }
  end = to;
}

function addSparseTerm(term: usize, least: u32): void {
  const codes: usize = load<u32>(term, TERM_CODES);
  const entry: usize = load<u32>(term, TERM_ENTRY);
  const documents: usize = load<u32>(term, TERM_DOCUMENTS);
  const weight = load<u32>(term, TERM_WEIGHT);
  let to = batch;
  for (let from = batch; from < end; from += 8) {
    const document = load<u32>(from);
    let sum = load<u32>(from, 4);
    const posting = locate(entry, documents, document);
    if (posting != NOT_FOUND) sum += contribution(load<u8>(codes + posting), weight);
    store<u32>(to, document);
    store<u32>(to, sum, 4);
    to += (<usize>(sum >= least)) << 3;
  }
  end = to;
}
