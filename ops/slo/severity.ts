/** How bad is it? The runbook's table of success rates and latencies. */
import { SEVERITIES, type Severity } from '../incident-type.ts';
import type { SloSettings } from './settings.ts';

export interface Level {
  /** Share of the availability objective's events that were good, 0 to 100; null where there were none. */
  readonly successPercent: number | null;
  /** 95th percentile of answered searches over the same stretch; null where there were none. */
  readonly latencyMsP95: number | null;
}

/** The worst row that either number falls into; null while both are good enough. */
export function severityOf(
  { successPercent, latencyMsP95 }: Level,
  { severity }: Pick<SloSettings, 'severity'>,
): Severity | null {
  const bad = (row: Severity): boolean =>
    (successPercent !== null && successPercent < severity[row].successPercentMin) ||
    (latencyMsP95 !== null && latencyMsP95 > severity[row].latencyMsMax);
  return SEVERITIES.find(bad) ?? null;
}
