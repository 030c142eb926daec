/**
 * One result per post, and maximal marginal relevance.
 */

/** Keeps the first of each group, in order. */
export function collapseBy<T>(ranked: readonly T[], groupOf: (item: T) => number): T[] {
  const seen = new Set<number>();
  return ranked.filter((item) => {
    const group = groupOf(item);
    if (seen.has(group)) return false;
    seen.add(group);
    return true;
  });
}

/**
 * Maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998): reorders the first `depth` items so that each next one
 * has the largest lambda × relevance − (1 − lambda) × likeness to what is chosen. Relevance is brought to 0 … 1 over them.
 *
 * @param likeness 0 … 1 of two items; called depth² / 2 times
 */
export function diversify<T extends { readonly score: number }>(
  ranked: readonly T[],
  { lambda, depth }: { lambda: number; depth: number },
  likeness: (a: T, b: T) => number,
): T[] {
  const rest = ranked.slice(0, depth);
  if (rest.length === 0) return [];
  const best = rest[0]!.score;
  const span = best - rest.at(-1)!.score || 1;
  const nearest = new Map(rest.map((item) => [item, 0]));
  const chosen: T[] = [];
  while (rest.length > 0) {
    const worth = (item: T): number => lambda * (1 - (best - item.score) / span) - (1 - lambda) * nearest.get(item)!;
    let at = 0;
    for (let n = 1; n < rest.length; n++) if (worth(rest[n]!) > worth(rest[at]!)) at = n;
    const [next] = rest.splice(at, 1) as [T];
    chosen.push(next);
    for (const item of rest) nearest.set(item, Math.max(nearest.get(item)!, likeness(item, next)));
  }
  return [...chosen, ...ranked.slice(depth)];
}
