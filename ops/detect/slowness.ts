/**
 * Are more answers late than the latency objective allows?
 *
 * The runbook's severities are thresholds of a percentile. What is counted here is how many answers were later than the first of
 * them, so severity goes by how often the budget of late answers is spent: with an objective of 95 %, over 5 % late is low, over
 * 10 % medium, over 25 % high, and over half, where the median itself is late, critical.
 */
import type { CusumSettings, CusumState } from './cusum.ts';
import type { Detector } from './detector.ts';
import { overspending, type WithTarget } from './overspending.ts';

export interface SlownessSettings extends CusumSettings, WithTarget {
  readonly criticalAboveBudgets: number;
  readonly highAboveBudgets: number;
  readonly mediumAboveBudgets: number;
}

export const slowness: Detector<SlownessSettings, CusumState> = overspending({
  incident: 'high_latency',
  events: ({ answered, slow }) => ({ all: answered, bad: slow }),
  words: 'answers came late',
  severity: (badShare, settings) => {
    const budgets = badShare / Math.max(Number.EPSILON, 1 - settings.target);
    if (budgets > settings.criticalAboveBudgets) return 'critical';
    if (budgets > settings.highAboveBudgets) return 'high';
    return budgets > settings.mediumAboveBudgets ? 'medium' : 'low';
  },
});
