/**
 * What did it cost? Exact counts and percentiles of the time before, during and after an incident, from the intervals that are
 * kept: each moment once, from the finest ring that still knows it.
 */
import { answeredOf, percentilesOf } from '../groups.ts';
import { type Interval, type IntervalSource, RESOLUTIONS_S } from '../metrics/interval.ts';
import { mergeCounts, type SparseCounts } from '../metrics/sparse.ts';
import { trafficOf } from '../observe.ts';
import type { ObjectiveStatus } from '../snapshot.ts';
import { BudgetCount } from './budget.ts';
import type { Measured, Point, Stretch } from './record/measured.ts';

export interface Span {
  readonly openedMs: number;
  /** Null while it lasts. */
  readonly mitigatedMs: number | null;
  readonly nowMs: number;
}

export interface MeasureParts {
  readonly intervals: IntervalSource;
  readonly objectives: readonly ObjectiveStatus[];
  /** Answered later than this counts as slow, milliseconds. */
  readonly slowMs: number;
}

const MINUTE_MS = 60_000;
const BEFORE_MS = { least: 10 * MINUTE_MS, most: 60 * MINUTE_MS };
const AFTER_MS_MAX = 30 * MINUTE_MS;
/** So far before its detection the fault may have begun. */
const ONSET_MS_MAX = 15 * MINUTE_MS;
/** Good seconds that end the way back to its beginning. */
const ONSET_PAUSE_MS = 10_000;
const ONSET_BAD_SHARE = 0.01;
const POINTS_MAX = 180;
/** Intervals between two pauses for others. */
const BREATH = 100;

/** Yields now and then, so that nobody waits while hours are summed up; returns the figures. */
export function* measuring(span: Span, parts: MeasureParts): Generator<undefined, Measured, undefined> {
  const { openedMs, nowMs } = span;
  const toMs = Math.max(openedMs, span.mitigatedMs ?? nowMs);
  const onsetMs = onsetOf(openedMs, parts);
  const fromMs = onsetMs ?? openedMs;
  const lengthMs = Math.min(BEFORE_MS.most, Math.max(BEFORE_MS.least, toMs - fromMs));
  const before = new Sum(fromMs - lengthMs, fromMs, parts);
  const during = new Sum(fromMs, toMs, parts);
  const after = new Sum(toMs, Math.min(nowMs, toMs + AFTER_MS_MAX), parts);
  const points = new Points(before.fromMs, after.toMs);
  let taken = 0;
  for (const interval of finest(parts.intervals, before.fromMs, after.toMs)) {
    for (const sum of [before, during, after]) if (sum.holds(interval)) sum.add(interval);
    points.add(interval);
    if (++taken % BREATH === 0) yield undefined;
  }
  return {
    onsetMs,
    before: before.stretch(),
    during: during.stretch(),
    after: span.mitigatedMs === null || after.toMs <= toMs ? null : after.stretch(),
    budgets: during.budgets(),
    points: points.all(),
  };
}

/** Each moment once: of what begins next, the shortest. */
export function* finest(source: IntervalSource, fromMs: number, toMs: number): Generator<Interval> {
  const rings = RESOLUTIONS_S.map((resolutionS) => source.intervals(resolutionS, fromMs, toMs)[Symbol.iterator]());
  const heads = rings.map((ring) => ring.next());
  for (let reachedMs = Number.NEGATIVE_INFINITY; ; ) {
    let best: Interval | null = null;
    for (const [at, ring] of rings.entries()) {
      while (!heads[at]!.done && heads[at]!.value.startMs < reachedMs) heads[at] = ring.next();
      const head = heads[at]!;
      if (!head.done && (best === null || head.value.startMs < best.startMs)) best = head.value;
    }
    if (best === null) return;
    yield best;
    reachedMs = best.startMs + best.lengthMs;
  }
}

/** Back from its detection, over what was bad, to where nothing was for some seconds; null where nothing was bad. */
function onsetOf(openedMs: number, { intervals, slowMs }: MeasureParts): number | null {
  const seconds = [...finest(intervals, openedMs - ONSET_MS_MAX, openedMs + 1)];
  let onsetMs: number | null = null;
  for (const interval of seconds.toReversed()) {
    const endMs = interval.startMs + interval.lengthMs;
    if (endMs < (onsetMs ?? openedMs) - ONSET_PAUSE_MS) break;
    const { valid, failed, slow } = trafficOf(interval, slowMs * 1e6);
    if (failed + slow > valid * ONSET_BAD_SHARE) onsetMs = interval.startMs;
  }
  return onsetMs;
}

/** One stretch of time. */
class Sum {
  readonly fromMs: number;
  readonly toMs: number;
  readonly #parts: MeasureParts;
  readonly #budgets: readonly BudgetCount[];
  readonly #counts = { requests: 0, valid: 0, failed: 0, slow: 0, limited: 0 };
  #answered: SparseCounts[] = [];

  constructor(fromMs: number, toMs: number, parts: MeasureParts) {
    this.fromMs = fromMs;
    this.toMs = Math.max(fromMs, toMs);
    this.#parts = parts;
    this.#budgets = parts.objectives.map((objective) => new BudgetCount(objective));
  }

  /** By its beginning, so that each belongs to one stretch. */
  holds({ startMs }: Interval): boolean {
    return startMs >= this.fromMs && startMs < this.toMs;
  }

  add(interval: Interval): void {
    const { requests, valid, failed, slow, limited } = trafficOf(interval, this.#parts.slowMs * 1e6);
    this.#counts.requests += requests;
    this.#counts.valid += valid;
    this.#counts.failed += failed;
    this.#counts.slow += slow;
    this.#counts.limited += limited;
    for (const budget of this.#budgets) budget.add(interval);
    this.#answered.push(...answeredOf(interval));
    // Merged now and then, so that hours of them are never held at once.
    if (this.#answered.length > BREATH) this.#answered = [mergeCounts(this.#answered)];
  }

  stretch(): Stretch {
    return { fromMs: this.fromMs, toMs: this.toMs, ...this.#counts, latency: percentilesOf(this.#answered) };
  }

  budgets(): Measured['budgets'] {
    return this.#budgets.map((budget) => budget.burned());
  }
}

/** A line for charts: intervals gathered to as many points as fit. */
class Points {
  readonly #fromMs: number;
  readonly #stepMs: number;
  readonly #slots = new Map<number, { valid: number; failed: number; answered: SparseCounts[] }>();

  constructor(fromMs: number, toMs: number) {
    const seconds = Math.max(1, Math.ceil((toMs - fromMs) / POINTS_MAX / 1000));
    this.#stepMs = seconds * 1000;
    this.#fromMs = Math.floor(fromMs / this.#stepMs) * this.#stepMs;
  }

  add(interval: Interval): void {
    const at = Math.floor((interval.startMs - this.#fromMs) / this.#stepMs);
    const slot = this.#slots.get(at) ?? { valid: 0, failed: 0, answered: [] };
    this.#slots.set(at, slot);
    const { valid, failed } = trafficOf(interval, Number.MAX_SAFE_INTEGER);
    slot.valid += valid;
    slot.failed += failed;
    slot.answered.push(...answeredOf(interval));
  }

  all(): Point[] {
    return [...this.#slots]
      .sort(([one], [other]) => one - other)
      .map(([at, { valid, failed, answered }]) => {
        const latency = percentilesOf(answered);
        const startMs = this.#fromMs + at * this.#stepMs;
        const [p50Ms, p95Ms] = [latency?.p50Ms ?? null, latency?.p95Ms ?? null];
        return { startMs, lengthMs: this.#stepMs, valid, failed, p50Ms, p95Ms };
      });
  }
}
