/**
 * A histogram of any layout: how many values lay between which bounds.
 *
 * Tools record with different ranges and precisions, so nothing here is indexed: a bucket is known by its largest value.
 * Histograms of one layout merge exactly; of several, each value keeps the precision that it was recorded with.
 */

interface Bucket {
  /** The smallest value that counted here. */
  readonly low: number;
  count: number;
}

export class Buckets {
  /** By the largest value that counts in a bucket. */
  readonly #buckets = new Map<number, Bucket>();
  #total = 0;
  /** Ascending bounds, made when asked for; null after a change. */
  #sorted: Float64Array | null = null;

  static merged(parts: Iterable<Buckets>): Buckets {
    const all = new Buckets();
    for (const part of parts) all.merge(part);
    return all;
  }

  get total(): number {
    return this.#total;
  }

  add(low: number, high: number, count: number): this {
    const bucket = this.#buckets.get(high);
    if (bucket === undefined) {
      this.#buckets.set(high, { low, count });
      this.#sorted = null;
    } else bucket.count += count;
    this.#total += count;
    return this;
  }

  merge(other: Buckets): this {
    for (const [high, { low, count }] of other.#buckets) this.add(low, high, count);
    return this;
  }

  /** The same events in another unit. */
  scaled(factor: number): Buckets {
    if (factor === 1) return this;
    const scaled = new Buckets();
    for (const [high, { low, count }] of this.#buckets) scaled.add(low * factor, high * factor, count);
    return scaled;
  }

  /** Upper bounds, ascending. */
  get bounds(): Float64Array {
    this.#sorted ??= Float64Array.from(this.#buckets.keys()).sort();
    return this.#sorted;
  }

  countAt(bound: number): number {
    return this.#buckets.get(bound)?.count ?? 0;
  }

  /**
   * The value that this share of the events does not exceed: the end of its bucket, as HdrHistogram has it.
   *
   * @param percentile 0 to 100
   * @returns 0 where nothing was counted
   */
  atPercentile(percentile: number): number {
    if (this.#total === 0) return 0;
    const rank = rankOf(percentile, this.#total);
    let seen = 0;
    for (const bound of this.bounds) {
      seen += this.countAt(bound);
      if (seen >= rank) return bound;
    }
    return this.max;
  }

  /** Each event taken at the middle of its bucket; 0 where nothing was counted. */
  get mean(): number {
    return this.#moments().mean;
  }

  /** Variance over the square of the mean: 0 is constant, 1 exponential; 0 where nothing was counted. */
  get squaredVariation(): number {
    const { mean, variance } = this.#moments();
    return mean === 0 ? 0 : variance / mean ** 2;
  }

  #moments(): { readonly mean: number; readonly variance: number } {
    let sum = 0;
    let squares = 0;
    for (const [high, { low, count }] of this.#buckets) {
      const middle = (low + high) / 2;
      sum += middle * count;
      squares += middle ** 2 * count;
    }
    const mean = this.#total === 0 ? 0 : sum / this.#total;
    return { mean, variance: this.#total === 0 ? 0 : Math.max(0, squares / this.#total - mean ** 2) };
  }

  /** End of the last bucket. */
  get max(): number {
    return this.bounds.at(-1) ?? 0;
  }
}

/** How many events must not exceed a percentile: a product that rounding lifted must not ask for one event too many. */
export function rankOf(percentile: number, total: number): number {
  const asked = Math.min((percentile / 100) * total, total);
  return Math.max(1, Math.ceil(asked - asked * Number.EPSILON));
}
