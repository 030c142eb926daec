/** Do more requests fail than the availability objective allows? */
import type { CusumSettings, CusumState } from './cusum.ts';
import type { Detector } from './detector.ts';
import { overspending, type WithTarget } from './overspending.ts';

export interface ErrorsSettings extends CusumSettings, WithTarget {
  readonly criticalBelowPercent: number;
  readonly highBelowPercent: number;
  readonly mediumBelowPercent: number;
}

export const errors: Detector<ErrorsSettings, CusumState> = overspending({
  incident: 'high_error_rate',
  events: ({ valid, failed }) => ({ all: valid, bad: failed }),
  words: 'requests failed',
  severity: (badShare, settings) => {
    const successPercent = 100 - badShare * 100;
    if (successPercent < settings.criticalBelowPercent) return 'critical';
    if (successPercent < settings.highBelowPercent) return 'high';
    return successPercent < settings.mediumBelowPercent ? 'medium' : 'low';
  },
});
