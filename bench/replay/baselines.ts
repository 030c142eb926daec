/**
 * What others do with the same counts: the page rules of the SRE Workbook (table 5-8), and the rule of the service that the runbook was
 * written for.
 *
 * ```
 * pages        burn > 14.4 over 1 h and 5 min, or burn > 6 over 6 h and 30 min      looked at each second
 * five minutes failed share > 0.9 of the budget over 5 min; p95 > 800 ms over 5 min   looked at each 60 s
 * ```
 *
 * A 95th percentile over 800 ms is the same as more than 5 % of answers later than that.
 */
import type { Observation } from '../../ops/observation.ts';

const PAGES = [
  { burnMax: 14.4, longS: 3600, shortS: 300 },
  { burnMax: 6, longS: 21_600, shortS: 1800 },
] as const;
const HORIZON_S = 21_600;
const FIVE_MINUTES_S = 300;
const POLL_S = 60;
const BUDGET_SHARE = 0.9;

/** Running totals of the last six hours. */
class Totals {
  readonly #ring = new Float64Array(HORIZON_S + 1);
  #at = 0;
  #filled = 0;

  add(count: number): void {
    const before = this.#ring[this.#at]!;
    this.#at = (this.#at + 1) % this.#ring.length;
    this.#filled = Math.min(HORIZON_S, this.#filled + 1);
    this.#ring[this.#at] = before + count;
  }

  over(seconds: number): number {
    const back = Math.min(seconds, this.#filled);
    return this.#ring[this.#at]! - this.#ring[(this.#at - back + this.#ring.length) % this.#ring.length]!;
  }
}

class Indicator {
  readonly #all = new Totals();
  readonly #bad = new Totals();
  readonly #budget: number;
  readonly #pollMax: number;
  page = false;
  fiveMinutes = false;

  constructor(budget: number, pollMax: number) {
    this.#budget = budget;
    this.#pollMax = pollMax;
  }

  step(all: number, bad: number, polled: boolean): void {
    this.#all.add(all);
    this.#bad.add(bad);
    const burns = ({ burnMax, longS, shortS }: (typeof PAGES)[number]): boolean =>
      this.#share(shortS) > burnMax * this.#budget && this.#share(longS) > burnMax * this.#budget;
    this.page = burns(PAGES[0]) || burns(PAGES[1]);
    if (polled) this.fiveMinutes = this.#share(FIVE_MINUTES_S) > this.#pollMax;
  }

  #share(seconds: number): number {
    const all = this.#all.over(seconds);
    return all > 0 ? this.#bad.over(seconds) / all : 0;
  }
}

export class Baselines {
  readonly #errors: Indicator;
  readonly #slowness: Indicator;
  #steps = 0;
  /** Which of them fire: for errors, for slowness. */
  pages: readonly [boolean, boolean] = [false, false];
  fiveMinutes: readonly [boolean, boolean] = [false, false];

  constructor(availabilityTarget: number, latencyTarget: number) {
    this.#errors = new Indicator(1 - availabilityTarget, (1 - availabilityTarget) * BUDGET_SHARE);
    this.#slowness = new Indicator(1 - latencyTarget, 1 - latencyTarget);
  }

  step({ valid, failed, answered, slow }: Observation): void {
    this.#steps += 1;
    const polled = this.#steps % POLL_S === 0;
    this.#errors.step(valid, failed, polled);
    this.#slowness.step(answered, slow, polled);
    this.pages = [this.#errors.page, this.#slowness.page];
    this.fiveMinutes = [this.#errors.fiveMinutes, this.#slowness.fiveMinutes];
  }
}
