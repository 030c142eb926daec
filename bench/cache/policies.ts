/** Which share of requests would have hit? By three ways to choose what stays, all answers of one size. */
import { LRUCache } from 'lru-cache';
import { TinyLfu } from '../../server/cache/index.ts';

export const POLICIES = ['W-TinyLFU', 'LRU', 'Bélády'] as const;
export type Policy = (typeof POLICIES)[number];

const SEED = 1;

export function hitShares(queries: readonly string[], entriesMax: number): Record<Policy, number> {
  return {
    'W-TinyLFU': tinyLfuHits(queries, entriesMax) / queries.length,
    LRU: lruHits(queries, entriesMax) / queries.length,
    Bélády: beladyHits(queries, entriesMax) / queries.length,
  };
}

function tinyLfuHits(queries: readonly string[], entriesMax: number): number {
  const cache = new TinyLfu<true>({ entriesMax, bytesMax: Number.MAX_SAFE_INTEGER, seed: SEED });
  let hits = 0;
  for (const query of queries) {
    if (cache.get(query) !== undefined) hits += 1;
    else cache.set(query, true, 1);
  }
  return hits;
}

function lruHits(queries: readonly string[], max: number): number {
  const cache = new LRUCache<string, true>({ max });
  let hits = 0;
  for (const query of queries) {
    if (cache.get(query) === true) hits += 1;
    else cache.set(query, true);
  }
  return hits;
}

/**
 * The most that any policy could have: what is asked again last is left out, be it what has just come (Bélády 1966). It knows the
 * future; a heap holds when each is asked again, entries that are out of date being skipped.
 */
export function beladyHits(queries: readonly string[], entriesMax: number): number {
  const again = nextUses(queries);
  const kept = new Map<string, number>();
  const heap = new LatestFirst();
  let hits = 0;
  for (const [at, query] of queries.entries()) {
    if (kept.has(query)) hits += 1;
    kept.set(query, again[at]!);
    heap.add(again[at]!, query);
    if (kept.size <= entriesMax) continue;
    for (;;) {
      const [use, victim] = heap.take();
      if (kept.get(victim) !== use) continue;
      kept.delete(victim);
      break;
    }
  }
  return hits;
}

/** Where each query is asked next; those that are not come last, in any order. */
function nextUses(queries: readonly string[]): number[] {
  const seen = new Map<string, number>();
  const again = new Array<number>(queries.length);
  for (let at = queries.length - 1; at >= 0; at--) {
    again[at] = seen.get(queries[at]!) ?? queries.length;
    seen.set(queries[at]!, at);
  }
  return again;
}

class LatestFirst {
  readonly #items: [number, string][] = [];

  add(use: number, query: string): void {
    const items = this.#items;
    items.push([use, query]);
    let at = items.length - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (items[parent]![0] >= items[at]![0]) break;
      [items[parent], items[at]] = [items[at]!, items[parent]!];
      at = parent;
    }
  }

  take(): [number, string] {
    const items = this.#items;
    const top = items[0]!;
    const last = items.pop()!;
    if (items.length === 0) return top;
    items[0] = last;
    for (let at = 0; ; ) {
      let most = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < items.length && items[child]![0] > items[most]![0]) most = child;
      if (most === at) return top;
      [items[most], items[at]] = [items[at]!, items[most]!];
      at = most;
    }
  }
}
