/**
 * What did a killed process take with it? The interval that was open in each coarse ring, of which the finer ones still hold the
 * parts: series and events that a coarse interval lacks altogether are merged from those.
 */
import type { Interval, IntervalSource, ResolutionS } from './interval.ts';
import { mergeIntervals } from './ring.ts';

const FINER: readonly (readonly [coarse: ResolutionS, fine: ResolutionS])[] = [
  [10, 1],
  [60, 10],
  [3600, 60],
];

/**
 * Finest first; each missing part is given to `add` before coarser ones are looked at.
 *
 * @param untilMs where this process began: what comes later it keeps itself
 */
export function repair(
  source: IntervalSource,
  untilMs: number,
  add: (resolutionS: ResolutionS, missing: Interval) => void,
): void {
  for (const [coarse, fine] of FINER) {
    const lengthMs = coarse * 1000;
    const slotOf = (ms: number): number => Math.floor(ms / lengthMs) * lengthMs;
    // A slot of which the beginning is no longer kept would be merged of less than it was.
    const fromMs = slotOf(untilMs - source.retentionMs[fine]) + lengthMs;
    const slots = new Map<number, Interval[]>();
    for (const interval of source.intervals(fine, fromMs, untilMs)) {
      const slot = slotOf(interval.startMs);
      const parts = slots.get(slot);
      if (parts === undefined) slots.set(slot, [interval]);
      else parts.push(interval);
    }
    for (const there of source.intervals(coarse, fromMs, untilMs)) {
      const parts = slots.get(there.startMs);
      if (parts !== undefined)
        slots.set(
          there.startMs,
          parts.map((part) => without(part, there)),
        );
    }
    for (const [startMs, parts] of slots) {
      const missing = { ...mergeIntervals(parts, lengthMs), startMs };
      if (missing.series.size + missing.events.size > 0) add(coarse, missing);
    }
  }
}

/** What of an interval another one does not have under the same name. */
const without = ({ series, events, ...rest }: Interval, other: Interval): Interval => ({
  ...rest,
  series: new Map([...series].filter(([tag]) => !other.series.has(tag))),
  events: new Map([...events].filter(([name]) => !other.events.has(name))),
});
