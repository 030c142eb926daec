/** The eight incidents of the runbook, and its four severities, worst first. */
export const INCIDENT_TYPES = [
  'high_latency',
  'high_error_rate',
  'model_failure',
  'index_corruption',
  'memory_exhaustion',
  'cache_failure',
  'rate_limit_attack',
  'canary_failure',
] as const;
export type IncidentType = (typeof INCIDENT_TYPES)[number];

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];
