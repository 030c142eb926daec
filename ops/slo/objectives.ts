/** Are the objectives kept, how much of each budget is left, and how fast does it burn? */
import type { Interval, IntervalSource, ResolutionS } from '../metrics/interval.ts';
import type { BurnStatus, ObjectiveStatus } from '../snapshot.ts';
import { type BurnTier, windowsOf } from './burn-tiers.ts';
import { Events, type Tally } from './events.ts';
import { Ledger, SLOT_S } from './ledger.ts';
import { budgetShare, type Objective } from './objective.ts';

const SLOT_MS = SLOT_S * 1000;
/** An interval that is no later than this is counted in its own slot; a later one says that the clock was set back. */
const LATE_SLOTS_MAX = 6;

/** What an interval of the record held, an entry for each objective. */
interface Stretch {
  readonly startMs: number;
  readonly tallies: readonly Tally[];
}

export class Objectives {
  readonly #objectives: readonly Objective[];
  readonly #tiers: readonly BurnTier[];
  readonly #events: Events;
  #ledgers: readonly Ledger[] = [];
  /** Milliseconds that the calendar is behind: time never goes back here, whatever is done to the clock. */
  #behindMs = 0;

  constructor(objectives: readonly Objective[], tiers: readonly BurnTier[]) {
    this.#objectives = objectives;
    this.#tiers = tiers;
    this.#events = new Events(objectives);
    this.#empty();
  }

  #empty(): void {
    const windowsS = windowsOf(this.#tiers);
    this.#ledgers = this.#objectives.map(({ windowDays }) => new Ledger(windowsS, windowDays));
    this.#behindMs = 0;
  }

  /**
   * Forgets everything and takes up what was recorded, such as after a restart: slots of 10 s where they are kept, older
   * ones from minutes and hours. A coarser interval adds only what the finer ones in it lack, so nothing counts twice. What
   * only a minute or an hour remembers is counted at its end: a window may hold it that much too long.
   */
  seed(source: IntervalSource, nowMs: number): void {
    this.#empty();
    for (const ledger of this.#ledgers) ledger.advance(Math.floor(nowMs / SLOT_MS));
    const slotsFrom = Math.min(...this.#ledgers.map((ledger) => ledger.slotsFrom));
    const budgetFrom = Math.min(...this.#ledgers.map((ledger) => ledger.budgetFrom));
    const fromMs = (resolutionS: ResolutionS): number =>
      (resolutionS === 3600 ? Math.min(slotsFrom, budgetFrom) : slotsFrom) * SLOT_MS;
    for (const resolutionS of [10, 60, 3600] as const) {
      for (const { startMs, tallies } of this.#stretches(source.intervals(resolutionS, fromMs(resolutionS), nowMs))) {
        for (const [at, { bad, total }] of tallies.entries())
          this.#ledgers[at]!.raise(startMs / SLOT_MS, resolutionS / SLOT_S, bad, total);
      }
    }
  }

  /** Takes a finished interval of 10 s, or of less; in order. */
  observe(interval: Interval): void {
    let slot = this.#slotAt(interval.startMs);
    const { head, slotsFrom } = this.#ledgers[0] ?? { head: 0, slotsFrom: 0 };
    if (slot < Math.max(head - LATE_SLOTS_MAX, slotsFrom)) {
      this.#behindMs += (head - slot) * SLOT_MS;
      slot = head;
    }
    for (const [at, { bad, total }] of this.#events.of(interval).entries()) {
      const ledger = this.#ledgers[at]!;
      ledger.advance(slot + 1);
      ledger.add(slot, bad, total);
    }
  }

  /** Windows end at the last full 10 s. */
  status(nowMs: number): ObjectiveStatus[] {
    const head = this.#slotAt(nowMs);
    return this.#objectives.map((objective, at) => {
      const ledger = this.#ledgers[at]!;
      ledger.advance(head);
      return this.#statusOf(objective, ledger);
    });
  }

  #slotAt(timeMs: number): number {
    return Math.floor((timeMs + this.#behindMs) / SLOT_MS);
  }

  /** Intervals that begin together are parts of one: the process ended in between. */
  *#stretches(intervals: Iterable<Interval>): Generator<Stretch> {
    let open: Stretch | undefined;
    for (const interval of intervals) {
      const next: Stretch = { startMs: interval.startMs, tallies: this.#events.of(interval) };
      if (open === undefined) open = next;
      else if (open.startMs === next.startMs) merge(open, next);
      else {
        yield open;
        open = next;
      }
    }
    if (open !== undefined) yield open;
  }

  #statusOf({ indicator, ...objective }: Objective, ledger: Ledger): ObjectiveStatus {
    const { bad, total } = ledger.budget;
    const share = budgetShare(objective.targetPercent);
    const burn = burnOf(ledger.budget, share);
    return {
      ...objective,
      indicator: indicator.kind,
      thresholdMs: indicator.kind === 'latency' ? indicator.thresholdMs : null,
      good: total - bad,
      total,
      attainedPercent: total === 0 ? null : (100 * (total - bad)) / total,
      budgetLeftPercent: burn === null ? 100 : 100 * (1 - burn),
      burns: this.#tiers.map((tier) => burnStatusOf(tier, share, ledger)),
    };
  }
}

function merge({ tallies }: Stretch, other: Stretch): void {
  for (const [at, { bad, total }] of other.tallies.entries()) {
    tallies[at]!.bad += bad;
    tallies[at]!.total += total;
  }
}

/** Bad share over budgeted share; null without events. */
const burnOf = ({ bad, total }: Tally, share: number): number | null => (total === 0 ? null : bad / total / share);

function burnStatusOf(tier: BurnTier, share: number, ledger: Ledger): BurnStatus {
  const { severity, longS, shortS, burnMax, badEventsMin } = tier;
  const long = ledger.over(longS);
  const burnLong = burnOf(long, share);
  const burnShort = burnOf(ledger.over(shortS), share);
  const firing = (burnLong ?? 0) > burnMax && (burnShort ?? 0) > burnMax && long.bad >= badEventsMin;
  return { severity, longS, shortS, burnMax, burnLong, burnShort, firing };
}
