/**
 * Counts for a loop: filled, asked and emptied thousands of times, once for each interval of a range, while the whole of
 * the range is counted beside them.
 *
 * It says what {@link Counts} says, but walks and wipes only the stretch of the array that was hit: latencies of one kind
 * lie close together, and a whole array for each interval would cost more than reading the interval.
 */
import type { Counts } from '../metrics/counts.ts';
import { COUNTS, highestAt } from '../metrics/layout.ts';
import { eachCount, type SparseCounts } from '../metrics/sparse.ts';
import { rankOf } from './rank.ts';

export class Tally {
  readonly #counts = new Float64Array(COUNTS);
  #total = 0;
  /** First and last index that was hit. */
  #first = COUNTS;
  #last = -1;
  readonly #whole: Counts;

  /** @param whole gets all that is added here, and keeps it */
  constructor(whole: Counts) {
    this.#whole = whole;
  }

  get total(): number {
    return this.#total;
  }

  add(part: SparseCounts): void {
    const counts = this.#counts;
    const whole = this.#whole;
    let first = this.#first;
    let last = this.#last;
    let total = 0;
    eachCount(part, (index, count) => {
      counts[index]! += count;
      whole.addAt(index, count);
      total += count;
      if (index < first) first = index;
      if (index > last) last = index;
    });
    this.#first = first;
    this.#last = last;
    this.#total += total;
  }

  clear(): void {
    if (this.#total > 0) this.#counts.fill(0, this.#first, this.#last + 1);
    this.#total = 0;
    this.#first = COUNTS;
    this.#last = -1;
  }

  /**
   * The values that these shares of the events do not exceed, nanoseconds; zeros where nothing was counted.
   *
   * @param percentiles 0 to 100, ascending
   */
  atPercentiles(percentiles: readonly number[]): number[] {
    if (this.#total === 0) return percentiles.map(() => 0);
    const values: number[] = [];
    const counts = this.#counts;
    const last = this.#last;
    let index = this.#first;
    let seen = counts[index]!;
    for (const percentile of percentiles) {
      const rank = rankOf(percentile, this.#total);
      while (seen < rank && index < last) {
        index += 1;
        seen += counts[index]!;
      }
      values.push(highestAt(index));
    }
    return values;
  }
}
