/**
 * Which of two rankings do people click in? Both in one list, by team draft (Radlinski, Kurup & Joachims, CIKM 2008): round after round a
 * coin says who picks first, and each picks the best that it has and the list lacks, as captains pick teams. Who clicks does not
 * know whose a result is, so a click speaks for the ranking that brought it, whoever clicks and how often.
 *
 * ```
 * A  a b c d        list  a  b  d  c          a: both begin with it, so a click on it says nothing (Chapelle et al., TOIS 2012)
 * B  a d b e        team  ·  A  B  A          coin: A, then …
 * ```
 */
import { createHash } from 'node:crypto';

export type Team = 'A' | 'B';
/** Whose a place is: of both as long as the rankings are the same; nobody's where one of them had nothing left to pick. */
export type Owner = Team | 'both' | 'none';

export interface Placed<Item> {
  readonly item: Item;
  readonly owner: Owner;
}

export interface Draft<Item> {
  /** What tells items apart. */
  readonly idOf: (item: Item) => string;
  /** Places in the list. */
  readonly depth: number;
  /** Whether A picks first; asked once a round. */
  readonly coin: () => boolean;
}

/** The list: each item of either ranking once, as far as there is room; what both begin with as A has it. */
export function interleave<Item>(a: readonly Item[], b: readonly Item[], draft: Draft<Item>): Placed<Item>[] {
  const { idOf, depth, coin } = draft;
  const list: Placed<Item>[] = [];
  const taken = new Set<string>();
  const place = (item: Item, owner: Owner): void => {
    taken.add(idOf(item));
    if (list.length < depth) list.push({ item, owner });
  };
  const best = (ranking: readonly Item[], from: number): number => {
    let at = from;
    while (at < ranking.length && taken.has(idOf(ranking[at]!))) at += 1;
    return at;
  };
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter && idOf(a[at]!) === idOf(b[at]!); at++)
    if (!taken.has(idOf(a[at]!))) place(a[at]!, 'both');
  let [atA, atB] = [best(a, 0), best(b, 0)];
  /** Whose turn it is; null at the beginning of a round. */
  let second: Team | null = null;
  while (list.length < depth && atA < a.length && atB < b.length) {
    const team: Team = second ?? (coin() ? 'A' : 'B');
    second = second !== null ? null : team === 'A' ? 'B' : 'A';
    place(team === 'A' ? a[atA]! : b[atB]!, team);
    atA = best(a, atA);
    atB = best(b, atB);
  }
  // Clicks on these would be for the ranking that is longer, not for the one that is better.
  for (const rest of [a.slice(atA), b.slice(atB)])
    for (const item of rest) if (list.length < depth && !taken.has(idOf(item))) place(item, 'none');
  return list;
}

const BITS = 256;

/** A fair coin whose tosses depend on the seed alone: the bits of SHA-256, one after the other. */
export function coinOf(seed: string): () => boolean {
  let bits = Buffer.alloc(0);
  let tossed = 0;
  return () => {
    const bit = tossed % BITS;
    if (bit === 0) bits = createHash('sha256').update(`${tossed}:${seed}`).digest();
    tossed += 1;
    return ((bits[bit >>> 3]! >>> (bit & 7)) & 1) === 1;
  };
}

/** What the clicks on one list say: for a team, for both alike, or nothing, because nobody clicked. */
export type ListOutcome = Team | 'tie' | 'none';

/**
 * A team has at most one credit a list: somebody who opens every result, and a machine that clicks without end, count once.
 *
 * @param clicked places in the list, from 0
 */
export function outcomeOfClicks(owners: readonly Owner[], clicked: Iterable<number>): ListOutcome {
  const credited = new Set<Owner | undefined>();
  for (const at of clicked) credited.add(owners[at]);
  const [a, b] = [credited.has('A'), credited.has('B')];
  if (a !== b) return a ? 'A' : 'B';
  return a || credited.has('both') || credited.has('none') ? 'tie' : 'none';
}
