/** What do we promise, and how much may go wrong? */
import { SEARCH_ENDPOINTS } from '../sample.ts';
import type { SloSettings } from './settings.ts';

/**
 * Which events count, and which of them are good.
 *
 * - `availability`: searches that were answered, shed, failed or missed their deadline; good are the answered ones. What the
 *   caller did wrong, asked too often or gave up on is no event.
 * - `latency`: answered searches; good are those within `thresholdMs`.
 */
export type Indicator = { readonly kind: 'availability' } | { readonly kind: 'latency'; readonly thresholdMs: number };

export interface Objective {
  /** Lower-case letters, digits and dashes, at most 63: it is a label in /metrics. */
  readonly name: string;
  readonly indicator: Indicator;
  /** As samples name them. */
  readonly endpoints: readonly string[];
  /** Share of events that must be good. */
  readonly targetPercent: number;
  /** Over so many days, rolling. */
  readonly windowDays: number;
}

/** Share of events that may be bad, 0 to 1: 0.001 for 99.9 %, not 0.0009999999999999432. */
export const budgetShare = (targetPercent: number): number => Number(((100 - targetPercent) / 100).toPrecision(12));

/** 99.9 % as 0.999, not as 0.9990000000000001. */
export const shareOf = (percent: number): number => Number((percent / 100).toPrecision(15));

/** Those of the settings, without regard to `file`. */
export function presetObjectives({ windowDays, availability, latency, tail }: SloSettings): Objective[] {
  const searches = { endpoints: SEARCH_ENDPOINTS, windowDays };
  const within = (thresholdMs: number): Indicator => ({ kind: 'latency', thresholdMs });
  return [
    {
      name: 'availability',
      indicator: { kind: 'availability' },
      ...searches,
      targetPercent: availability.targetPercent,
    },
    { name: 'latency', indicator: within(latency.thresholdMs), ...searches, targetPercent: latency.targetPercent },
    { name: 'tail', indicator: within(tail.thresholdMs), ...searches, targetPercent: tail.targetPercent },
  ];
}
