/** A histogram that others are merged into: exact counts, from which every percentile is taken. */
import { COUNTS, highestAt, indexOf, valueAt } from './layout.ts';
import { rankOf } from './quantiles.ts';
import { eachCount, type SparseCounts } from './sparse.ts';

export class Counts {
  /** Doubles: whole numbers up to 2⁵³, where 32 bits would overflow in a month of heavy traffic. */
  readonly #counts = new Float64Array(COUNTS);
  #total = 0;

  static of(...parts: readonly SparseCounts[]): Counts {
    const merged = new Counts();
    for (const part of parts) merged.add(part);
    return merged;
  }

  get total(): number {
    return this.#total;
  }

  add(part: SparseCounts): this {
    eachCount(part, (index, count) => this.addAt(index, count));
    return this;
  }

  addAt(index: number, count: number): void {
    this.#counts[index]! += count;
    this.#total += count;
  }

  /** Merges another one into this. */
  merge(other: Counts): this {
    other.each((index, count) => this.addAt(index, count));
    return this;
  }

  each(visit: (index: number, count: number) => void): void {
    for (let index = 0; index < COUNTS; index++) {
      const count = this.#counts[index]!;
      if (count > 0) visit(index, count);
    }
  }

  /** Index by index, for an encoder. */
  get dense(): Float64Array {
    return this.#counts;
  }

  /**
   * The value that this share of the events does not exceed, nanoseconds: the end of its bucket, as HdrHistogram has it.
   *
   * @param percentile 0 to 100
   * @returns 0 where nothing was counted
   */
  atPercentile(percentile: number): number {
    if (this.#total === 0) return 0;
    const rank = rankOf(percentile, this.#total);
    let seen = 0;
    for (let index = 0; index < COUNTS; index++) {
      seen += this.#counts[index]!;
      if (seen >= rank) return highestAt(index);
    }
    return highestAt(COUNTS - 1);
  }

  /** Events later than this: those in the value's own bucket, which is a thousandth of it wide, are not. */
  above(ns: number): number {
    let more = 0;
    for (let index = indexOf(ns) + 1; index < COUNTS; index++) more += this.#counts[index]!;
    return more;
  }

  /** Nanoseconds, each event taken at the middle of its bucket; 0 where nothing was counted. */
  get meanNs(): number {
    let sum = 0;
    this.each((index, count) => {
      sum += ((valueAt(index) + highestAt(index)) / 2) * count;
    });
    return this.#total === 0 ? 0 : sum / this.#total;
  }

  /** End of the last bucket that was hit. */
  get maxNs(): number {
    let index = COUNTS - 1;
    while (index >= 0 && this.#counts[index] === 0) index -= 1;
    return index < 0 ? 0 : highestAt(index);
  }
}
