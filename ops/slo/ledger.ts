/**
 * What did one objective's events come to, over each window that ends now?
 *
 * ```
 * slots of 10 s    | hours that the longest window touches, and the one that is running |  72 h: 26,280 slots of 8 bytes
 * hours   | the objective's days, and the hour that is running                          |  28 d:    673 hours of 16 bytes
 * ```
 *
 * Sums are kept, not computed: an event is added to every window that it falls into, and taken off again as its slot leaves
 * it. Windows of burn rates move by 10 s; the budget's window moves by the hour, and covers its days and the hour that is
 * running. With the presets that is 221,008 bytes an objective, whatever the traffic.
 */
import type { Tally } from './events.ts';

export const SLOT_S = 10;
const HOUR_SLOTS = 3600 / SLOT_S;

interface Window extends Tally {
  readonly slots: number;
}

export class Ledger {
  readonly #slots: number;
  readonly #bad: Uint32Array;
  readonly #total: Uint32Array;
  readonly #hours: number;
  readonly #hoursBad: Float64Array;
  readonly #hoursTotal: Float64Array;
  readonly #windows: ReadonlyMap<number, Window>;
  readonly #budget: Tally = { bad: 0, total: 0 };
  /** Number of the slot after the newest one; slots are numbered from the epoch. */
  #head = 0;

  /** @param windowsS lengths of the windows, seconds, multiples of a slot */
  constructor(windowsS: readonly number[], windowDays: number) {
    this.#windows = new Map(windowsS.map((seconds) => [seconds, { slots: seconds / SLOT_S, bad: 0, total: 0 }]));
    this.#slots = (Math.ceil(Math.max(...windowsS) / 3600) + 1) * HOUR_SLOTS;
    this.#bad = new Uint32Array(this.#slots);
    this.#total = new Uint32Array(this.#slots);
    this.#hours = windowDays * 24 + 1;
    this.#hoursBad = new Float64Array(this.#hours);
    this.#hoursTotal = new Float64Array(this.#hours);
  }

  get head(): number {
    return this.#head;
  }

  /** The oldest slot that is kept apart from its hour: the first one of an hour. */
  get slotsFrom(): number {
    return this.#hourNow * HOUR_SLOTS + HOUR_SLOTS - this.#slots;
  }

  /** The first slot of the budget's window. */
  get budgetFrom(): number {
    return (this.#hourNow - this.#hours + 1) * HOUR_SLOTS;
  }

  get budget(): Readonly<Tally> {
    return this.#budget;
  }

  /** @param seconds one of the lengths it was made with */
  over(seconds: number): Readonly<Tally> {
    return this.#windows.get(seconds)!;
  }

  get #hourNow(): number {
    return Math.floor((this.#head - 1) / HOUR_SLOTS);
  }

  /** Lets time pass until this slot is the next one to come. */
  advance(head: number): void {
    if (head <= this.#head) return;
    const hourBefore = this.#hourNow;
    if (head - this.#head >= this.#slots) this.#forgetSlots();
    else for (let slot = this.#head; slot < head; slot++) this.#open(slot);
    this.#head = head;
    const opened = Math.min(this.#hourNow - hourBefore, this.#hours);
    for (let hour = this.#hourNow - opened + 1; hour <= this.#hourNow; hour++) this.#openHour(hour);
  }

  /** @param slot from `slotsFrom` up to and without `head` */
  add(slot: number, bad: number, total: number): void {
    const cell = slot % this.#slots;
    this.#bad[cell]! += bad;
    this.#total[cell]! += total;
    for (const window of this.#windows.values()) {
      if (slot < this.#head - window.slots) continue;
      window.bad += bad;
      window.total += total;
    }
    this.#addToHour(Math.floor(slot / HOUR_SLOTS), bad, total);
  }

  /**
   * A stretch is known to have held so many events: adds those that it lacks, at its end. So what a finer record has is
   * never counted again, and what it lost is.
   *
   * @param slots its length; an hour from the start of one, where it is older than `slotsFrom`
   */
  raise(from: number, slots: number, bad: number, total: number): void {
    const end = Math.min(from + slots, this.#head);
    if (end <= from) return;
    if (from < this.slotsFrom) {
      const hour = from / HOUR_SLOTS;
      const known = this.#ofHour(hour);
      this.#addToHour(hour, Math.max(0, bad - known.bad), Math.max(0, total - known.total));
    } else {
      const known = this.#between(from, end);
      this.add(end - 1, Math.max(0, bad - known.bad), Math.max(0, total - known.total));
    }
  }

  #between(from: number, end: number): Tally {
    const sum = { bad: 0, total: 0 };
    for (let slot = from; slot < end; slot++) {
      sum.bad += this.#bad[slot % this.#slots]!;
      sum.total += this.#total[slot % this.#slots]!;
    }
    return sum;
  }

  #ofHour(hour: number): Tally {
    const cell = hour % this.#hours;
    return { bad: this.#hoursBad[cell]!, total: this.#hoursTotal[cell]! };
  }

  /** An hour before the budget's window is none of its business: windows of burn rates may reach further back. */
  #addToHour(hour: number, bad: number, total: number): void {
    if (hour <= this.#hourNow - this.#hours) return;
    this.#hoursBad[hour % this.#hours]! += bad;
    this.#hoursTotal[hour % this.#hours]! += total;
    this.#budget.bad += bad;
    this.#budget.total += total;
  }

  /** Empties the slot that begins, and takes what is now too old off each window. */
  #open(slot: number): void {
    for (const window of this.#windows.values()) {
      const leaving = (slot - window.slots) % this.#slots;
      if (leaving < 0) continue;
      window.bad -= this.#bad[leaving]!;
      window.total -= this.#total[leaving]!;
    }
    this.#bad[slot % this.#slots] = 0;
    this.#total[slot % this.#slots] = 0;
  }

  #openHour(hour: number): void {
    const cell = hour % this.#hours;
    this.#budget.bad -= this.#hoursBad[cell]!;
    this.#budget.total -= this.#hoursTotal[cell]!;
    this.#hoursBad[cell] = 0;
    this.#hoursTotal[cell] = 0;
  }

  #forgetSlots(): void {
    this.#bad.fill(0);
    this.#total.fill(0);
    for (const window of this.#windows.values()) {
      window.bad = 0;
      window.total = 0;
    }
  }
}
