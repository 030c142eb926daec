/** How bad is it? The runbook's quick reference, and which of two severities is worse. */
import { type IncidentType, SEVERITIES, type Severity } from '../incident-type.ts';

/** Of an incident of which nothing else is known. */
export const USUAL_SEVERITY: Readonly<Record<IncidentType, Severity>> = {
  high_latency: 'high',
  high_error_rate: 'critical',
  model_failure: 'high',
  index_corruption: 'critical',
  memory_exhaustion: 'high',
  cache_failure: 'medium',
  rate_limit_attack: 'high',
  canary_failure: 'high',
};

export const isWorse = (one: Severity, other: Severity): boolean => SEVERITIES.indexOf(one) < SEVERITIES.indexOf(other);

export const worseOf = (one: Severity, other: Severity): Severity => (isWorse(one, other) ? one : other);
