/** What was seen lately? Columns for a chart that never grow beyond their number of points. */

/** @typedef {number | null} Value */

/** The timer of a step may ring this much early, and much later. */
const EARLY_MS = 50;

/** When the second began that ends with a snapshot. @param {number} timeMs of the snapshot */
export const secondBefore = (timeMs) => Math.floor((timeMs + EARLY_MS) / 1000) - 1;

/** One time for each row, and a value of each name; nulls where nothing was measured. */
export class Points {
  /** @type {number[]} */
  times = [];
  /** @type {Record<string, Value[]>} */
  columns = {};
  #names;
  #max;
  #stepS;

  /**
   * @param {readonly string[]} names of the columns
   * @param {number} max points kept
   * @param {number} stepS seconds between points; where two lie further apart, the line is broken
   */
  constructor(names, max, stepS) {
    this.#names = names;
    this.#max = max;
    this.#stepS = stepS;
    for (const name of names) this.columns[name] = [];
  }

  /**
   * Takes the place of all that was there.
   * @param {readonly number[]} times
   * @param {Readonly<Record<string, readonly Value[]>>} columns each as long as `times`
   */
  replace(times, columns) {
    this.times = times.slice(-this.#max);
    for (const name of this.#names) this.columns[name] = (columns[name] ?? []).slice(-this.#max);
  }

  /** Older than the last, or as old, it is left out. @param {number} timeS @param {Readonly<Record<string, Value>>} row */
  append(timeS, row) {
    const last = this.times.at(-1);
    if (last !== undefined && timeS <= last) return;
    if (last !== undefined && timeS - last > 1.5 * this.#stepS) this.#push(last + this.#stepS, {});
    this.#push(timeS, row);
  }

  /** @param {number} timeS @param {Readonly<Record<string, Value>>} row */
  #push(timeS, row) {
    this.times.push(timeS);
    if (this.times.length > this.#max) this.times.shift();
    for (const name of this.#names) {
      const column = this.columns[name] ?? [];
      column.push(row[name] ?? null);
      if (column.length > this.#max) column.shift();
    }
  }
}
