/** Draws from a seed: equal seeds give equal days. */

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state. */
  constructor(seed: number) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    this.#c = 0x9e3779b9;
    this.#d = 1;
    for (let i = 0; i < 16; i++) this.uniform();
  }

  /** 0 ≤ x < 1. */
  uniform(): number {
    const sum = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number, both ends included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  /** Mean 1. */
  exponential(): number {
    return -Math.log(1 - this.uniform());
  }

  /** Mean 0, deviation 1 (Marsaglia's polar method; its second draw is dropped). */
  normal(): number {
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
    }
  }

  /** Exact below a mean of 30 (Knuth); above it a rounded normal, which is closer than any label here. */
  poisson(mean: number): number {
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.uniform(); product > limit; product *= this.uniform()) count += 1;
    return count;
  }

  /** Exact where few are expected (leaps from one to the next); a rounded normal where more than 30 are on both sides. */
  binomial(all: number, share: number): number {
    if (share > 0.5) return all - this.binomial(all, 1 - share);
    if (share <= 0 || all === 0) return 0;
    if (all * share > 30) {
      const drawn = Math.round(all * share + Math.sqrt(all * share * (1 - share)) * this.normal());
      return Math.max(0, Math.min(all, drawn));
    }
    const miss = Math.log1p(-share);
    let count = 0;
    for (let at = 0; ; count++) {
      at += Math.floor(Math.log(1 - this.uniform()) / miss) + 1;
      if (at > all) return count;
    }
  }

  /** Marsaglia and Tsang 2000; shapes below 1 by their boost. */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * this.uniform() ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /**
   * Shares that vary from second to second: a beta distribution.
   *
   * @param mean 0 to 1
   * @param together how alike the events of a second are, 0 to 1: the correlation of a beta-binomial
   */
  share(mean: number, together: number): number {
    if (mean <= 0 || mean >= 1 || together <= 0) return mean;
    const weight = 1 / together - 1;
    const yes = this.gamma(mean * weight);
    const no = this.gamma((1 - mean) * weight);
    return yes + no > 0 ? yes / (yes + no) : mean;
  }
}
