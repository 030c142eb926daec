/**
 * How fast may a budget burn before somebody must know? Four pairs of windows, one for each severity.
 *
 * Windows and rates are those of the Site Reliability Workbook (chapter 5, table 5-8) with the 24 h pair that most tools
 * add. The shorter window of a pair ends the alert soon after the trouble does. The windows are constants: they fix the
 * memory of the ledgers and the names of the Prometheus rules, and a pair tuned apart from its rate means little. How
 * sensitive a pair is, its rate says, and that is a setting.
 */
import { SEVERITIES, type Severity } from '../incident-type.ts';
import type { SloSettings } from './settings.ts';

export interface BurnTier {
  readonly severity: Severity;
  readonly longS: number;
  readonly shortS: number;
  /** It fires while the budget burns faster than this in both windows. */
  readonly burnMax: number;
  /**
   * Bad events that the longer window must hold. Without it, one failure on a quiet night would be a burn rate of 200 and
   * wake somebody: too few events say nothing about a rate.
   */
  readonly badEventsMin: number;
}

const MINUTE_S = 60;
const HOUR_S = 3600;

const WINDOWS: Readonly<Record<Severity, Pick<BurnTier, 'longS' | 'shortS'>>> = {
  critical: { longS: HOUR_S, shortS: 5 * MINUTE_S },
  high: { longS: 6 * HOUR_S, shortS: 30 * MINUTE_S },
  medium: { longS: 24 * HOUR_S, shortS: 2 * HOUR_S },
  low: { longS: 72 * HOUR_S, shortS: 6 * HOUR_S },
};

export const tiersOf = ({ burn }: Pick<SloSettings, 'burn'>): BurnTier[] =>
  SEVERITIES.map((severity) => ({
    severity,
    ...WINDOWS[severity],
    burnMax: burn[severity],
    badEventsMin: burn.badEventsMin,
  }));

/** Whether somebody is woken for it; the others wait for the morning. */
export const isPage = (severity: Severity): boolean => severity === 'critical' || severity === 'high';

/** Each window once, shortest first, seconds. */
export const windowsOf = (tiers: readonly BurnTier[]): number[] =>
  [...new Set(tiers.flatMap(({ longS, shortS }) => [longS, shortS]))].sort((a, b) => a - b);
