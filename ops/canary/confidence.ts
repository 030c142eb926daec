/**
 * Between which bounds is a rate, however often one looks? A confidence sequence for a proportion: those rates against which the uniform
 * mixture of all rates has gathered no evidence of 1/α (Robbins, Ann. Math. Statist. 41, 1970; Ville's inequality). Wider than an interval
 * for one look, by what it costs to look at any time. Where the rate moves, they are bounds of its average.
 */
import { logBeta } from './log-gamma.ts';

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Halvings of the interval between 0 and 1: to 1e−12. */
const HALVINGS = 40;

/**
 * @param bad of `all`
 * @param alpha probability that the rate is ever outside, of both sides together
 */
export function rateBounds(bad: number, all: number, alpha: number): Bounds {
  if (all === 0) return { low: 0, high: 1 };
  const observed = bad / all;
  const mixture = logBeta(bad + 1, all - bad + 1);
  const limit = Math.log(1 / alpha);
  /** Logarithm of the evidence against a rate: grows on both sides of the one that was observed. */
  const against = (rate: number): number =>
    mixture - (bad === 0 ? 0 : bad * Math.log(rate)) - (bad === all ? 0 : (all - bad) * Math.log1p(-rate));
  const bound = (outside: number): number => {
    let [outer, inner] = [outside, observed];
    for (let times = 0; times < HALVINGS; times++) {
      const middle = (outer + inner) / 2;
      if (against(middle) > limit) outer = middle;
      else inner = middle;
    }
    return outer;
  };
  return { low: bad === 0 ? 0 : bound(0), high: bad === all ? 1 : bound(1) };
}

/** At most by how much one rate is above another, and at least. @param alpha as above, of both rates together */
export function differenceBounds(one: Counted, other: Counted, alpha: number): Bounds {
  const [a, b] = [rateBounds(one.bad, one.all, alpha / 2), rateBounds(other.bad, other.all, alpha / 2)];
  return { low: a.low - b.high, high: a.high - b.low };
}

export interface Counted {
  readonly bad: number;
  readonly all: number;
}
