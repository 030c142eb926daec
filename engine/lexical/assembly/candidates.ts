/**
 * Which documents may still be among the best k, and what must a sum reach to matter?
 *
 * The k largest sums seen so far give a bound: k documents have at least that sum, so a document whose sum is lower by
 * more than the width of the quantisation error (see weights.ts) is not among the true best k. Everything else is kept,
 * and `resolve` orders it by exact BM25.
 */
import {
  BATCH_MAX,
  CANDIDATE_BYTES,
  CANDIDATE_SUM,
  CANDIDATES,
  CANDIDATES_MAX,
  IDS,
  KEYS,
  SUMS,
  THRESHOLDS,
} from '../memory';
import { scoreExactly } from './exact';
import { scratch } from './place';
import { errorAbove, errorWidth, sumPerScore, terms } from './weights';

/** A sum below this cannot belong to one of the best k; at least 1, so a document without a term never passes. */
export let need: u32 = 1;

let wanted: u32 = 0;
let held: u32 = 0;

/** Starts a query for the best `k`, of which k documents are known to have a sum of `floor` or more (0: unknown). */
export function open(k: u32, floor: u32): void {
  wanted = k;
  held = 0;
  need = 1;
  const thresholds = scratch + THRESHOLDS;
  for (let i: usize = 0; i < k; i++) store<u32>(thresholds + (i << 2), floor);
  raise(floor);
}

function raise(threshold: u32): void {
  if (threshold > errorWidth + need) need = threshold - errorWidth;
}

/** Keeps a document whose sum is at least `need`. */
export function keep(document: u32, sum: u32): void {
  if (held == CANDIDATES_MAX) makeRoom();
  const candidate = scratch + CANDIDATES + <usize>held * CANDIDATE_BYTES;
  store<u32>(candidate, document);
  store<u32>(candidate, sum, CANDIDATE_SUM);
  held += 1;
  if (sum > load<u32>(scratch + THRESHOLDS)) raise(replaceSmallest(sum));
}

/** Puts `sum` into the min-heap of the k largest in place of the smallest; returns the new smallest. */
function replaceSmallest(sum: u32): u32 {
  const heap = scratch + THRESHOLDS;
  let at: u32 = 0;
  for (;;) {
    let child: u32 = 2 * at + 1;
    if (child >= wanted) break;
    let least = load<u32>(heap + ((<usize>child) << 2));
    if (child + 1 < wanted) {
      const other = load<u32>(heap + ((<usize>child) << 2), 4);
      if (other < least) {
        least = other;
        child += 1;
      }
    }
    if (least >= sum) break;
    store<u32>(heap + ((<usize>at) << 2), least);
    at = child;
  }
  store<u32>(heap + ((<usize>at) << 2), sum);
  return load<u32>(heap);
}

/** Drops what the bound has overtaken; if that does not free half, decides among the rest exactly. */
function makeRoom(): void {
  dropBelowNeed();
  if (held > <u32>CANDIDATES_MAX / 2) resolve();
}

function dropBelowNeed(): void {
  const first = scratch + CANDIDATES;
  const end = first + <usize>held * CANDIDATE_BYTES;
  let to = first;
  for (let from = first; from < end; from += CANDIDATE_BYTES) {
    const candidate = load<u64>(from);
    store<u64>(to, candidate);
    if (<u32>(candidate >> 32) >= need) to += CANDIDATE_BYTES;
  }
  held = <u32>(to - first) / CANDIDATE_BYTES;
}

/**
 * Scores the candidates exactly and keeps the best k of them, best first, equal scores by lower document. Their keys
 * (score bits and inverted document, so that larger is better) are left at KEYS. Returns how many there are.
 */
export function resolve(): u32 {
  dropBelowNeed();
  const candidates = scratch + CANDIDATES;
  const keys = scratch + KEYS;
  let count: u32 = 0;
  for (let first: u32 = 0; first < held; first += BATCH_MAX) {
    const some = min(held - first, BATCH_MAX);
    const ids = scratch + IDS;
    for (let i: u32 = 0; i < some; i++) {
      store<u32>(ids + ((<usize>i) << 2), load<u32>(candidates + <usize>(first + i) * CANDIDATE_BYTES));
    }
    scoreExactly(terms, ids, some);
    for (let i: usize = 0; i < some; i++) {
      const score = <f32>load<f64>(scratch + SUMS + (i << 3));
      const document = load<u32>(ids + (i << 2));
      const key = ((<u64>reinterpret<u32>(score)) << 32) | <u64>~document;
      if (count < wanted) {
        siftUp(keys, count, key);
        count += 1;
      } else if (key > load<u64>(keys)) siftDown(keys, count, key);
    }
  }
  sortDescending(keys, count);
  for (let i: u32 = 0; i < count; i++) {
    const candidate = candidates + <usize>i * CANDIDATE_BYTES;
    store<u32>(candidate, ~(<u32>load<u64>(keys + ((<usize>i) << 3))));
    // Already counted among the thresholds, and never to be dropped: only an exact comparison may displace it.
    store<u32>(candidate, u32.MAX_VALUE, CANDIDATE_SUM);
  }
  held = count;
  if (count == wanted) raiseToExact(reinterpret<f32>(<u32>(load<u64>(keys + ((<usize>(count - 1)) << 3)) >> 32)));
  return count;
}

/** k documents have this exact score or more. */
function raiseToExact(score: f32): void {
  const least = <f64>score * sumPerScore - errorAbove;
  if (least > <f64>need) need = <u32>min(least, 65535);
}

function siftUp(heap: usize, at: u32, key: u64): void {
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = load<u64>(heap + ((<usize>parent) << 3));
    if (above <= key) break;
    store<u64>(heap + ((<usize>at) << 3), above);
    at = parent;
  }
  store<u64>(heap + ((<usize>at) << 3), key);
}

function siftDown(heap: usize, count: u32, key: u64): void {
  let at: u32 = 0;
  for (;;) {
    let child: u32 = 2 * at + 1;
    if (child >= count) break;
    if (child + 1 < count && load<u64>(heap + ((<usize>child) << 3), 8) < load<u64>(heap + ((<usize>child) << 3)))
      child += 1;
    const least = load<u64>(heap + ((<usize>child) << 3));
    if (least >= key) break;
    store<u64>(heap + ((<usize>at) << 3), least);
    at = child;
  }
  store<u64>(heap + ((<usize>at) << 3), key);
}

/** Turns a min-heap into a descending list. */
function sortDescending(heap: usize, count: u32): void {
  while (count > 1) {
    count -= 1;
    const last = load<u64>(heap + ((<usize>count) << 3));
    store<u64>(heap + ((<usize>count) << 3), load<u64>(heap));
    siftDown(heap, count, last);
  }
}
