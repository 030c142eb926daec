/**
 * Between which of the values that were seen does a quantile lie, however often one looks? Every event is at or below the true quantile
 * with one and the same probability, so their number is bounded as that of any rate is, at any time (see confidence.ts), and the values
 * of the ranks at its bounds enclose the quantile, whatever the distribution.
 */
import { logBeta } from './log-gamma.ts';

export interface RankBounds {
  /** From 1; 0 where not even the smallest value is known to be below. */
  readonly low: number;
  /** One more than there are values where not even the largest is known to be above. */
  readonly high: number;
}

/**
 * @param quantile 0 < quantile < 1
 * @param all values that were seen
 * @param alpha probability that the quantile is ever outside
 */
export function quantileRanks(quantile: number, all: number, alpha: number): RankBounds {
  if (all === 0) return { low: 0, high: 1 };
  const limit = Math.log(1 / alpha);
  const possible = (below: number): boolean =>
    logBeta(below + 1, all - below + 1) - below * Math.log(quantile) - (all - below) * Math.log1p(-quantile) <= limit;
  const likeliest = Math.min(all, Math.round(quantile * all));
  // Possible from somewhere below the likeliest number to somewhere above it.
  return {
    low: first(0, likeliest, possible),
    high: first(likeliest, all + 1, (below) => below > all || !possible(below)),
  };
}

/** The first in [from, to] for which something holds that holds from there on; holds at `to`. */
function first(from: number, to: number, holds: (at: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
