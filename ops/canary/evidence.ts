/**
 * Has the canary more than its share of what goes wrong? An e-process, which may be looked at after every event: of each bad event it asks
 * only in which arm it was. If the arms are alike, that is the canary with the probability of its share, whatever the load does and
 * however often things go wrong, so the evidence is a martingale and exceeds 1/α with a probability of at most α, ever (Ville's inequality;
 * Lindon & Malek, "Anytime-Valid Inference for Multinomial Count Data", NeurIPS 2022).
 *
 * What it bets on is a mixture: that things go wrong 1.5 to 30 times as often in the canary. The share may change between events.
 */

/** How many times as often things may go wrong in the canary, and how much is bet on each: most on what has to be found soon. */
const RATIOS = [1.5, 4, 10, 30] as const;
const WEIGHTS = [0.1, 0.15, 0.55, 0.2] as const;

export class Evidence {
  /** Logarithm of what each bet has become, from 1. */
  readonly #logBets = new Float64Array(RATIOS.length);
  /** By what an event in the canary, and one in the control, multiplies each of them. */
  readonly #canary = new Float64Array(RATIOS.length);
  readonly #control = new Float64Array(RATIOS.length);
  #share = 0;

  /**
   * Takes one bad event.
   *
   * @param share of the canary in the requests that it is one of, 0 < share < 1: with another one nothing can be told, and nothing is
   *   counted
   */
  add(inCanary: boolean, share: number): void {
    if (!(share > 0 && share < 1)) return;
    if (share !== this.#share) this.#weigh(share);
    const factors = inCanary ? this.#canary : this.#control;
    for (let at = 0; at < RATIOS.length; at++) this.#logBets[at]! += factors[at]!;
  }

  /** What each bet has become: all that is to be kept of it. */
  get bets(): number[] {
    return [...this.#logBets];
  }

  /** @param bets as {@link bets} gave them; others are none */
  restore(bets: readonly number[]): void {
    if (bets.length === RATIOS.length && bets.every(Number.isFinite)) this.#logBets.set(bets);
  }

  /** Natural logarithm of the evidence that the canary is worse: 0 for none, ln 100 where it would be by chance once in a hundred times. */
  get log(): number {
    return logAverage(this.#logBets, WEIGHTS);
  }

  #weigh(share: number): void {
    this.#share = share;
    for (const [at, ratio] of RATIOS.entries()) {
      const expected = (share * ratio) / (share * ratio + 1 - share);
      this.#canary[at] = Math.log(expected / share);
      this.#control[at] = Math.log((1 - expected) / (1 - share));
    }
  }
}

/**
 * Of numbers given by their logarithms, the logarithm of the average: the evidence of several tests in one, as good as each.
 *
 * @param weights one each, of 1 in all
 */
export function logAverage(logs: ArrayLike<number>, weights: ArrayLike<number>): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < logs.length; at++) highest = Math.max(highest, logs[at]!);
  let sum = 0;
  for (let at = 0; at < logs.length; at++) sum += weights[at]! * Math.exp(logs[at]! - highest);
  return highest + Math.log(sum);
}
