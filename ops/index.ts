/** The judge: what happened, and is it good enough? */

export {
  AbLog,
  AbTally,
  type ArmTaken,
  type Clicked,
  type ClickVerdict,
  DAYS_MAX,
  experimentReports,
  type Interleaved,
  readAbLog,
  readTotals,
  type SearchLine,
  writeTotals,
} from './ab/index.ts';
export { coinOf, interleave, type Owner } from './canary/index.ts';
export { dashboardFiles } from './dashboard/index.ts';
export { createDetectors } from './detect/index.ts';
export { type EndpointMetrics, endpointMetrics, recentIntervals } from './endpoint-metrics.ts';
export {
  EXPORT_FORMATS,
  exportHistograms,
  type Family,
  METRICS_CONTENT_TYPES,
  metricsText,
  negotiate,
  parseSelection,
  singleFamily,
  TIMELINE_RANGES,
  timeline,
} from './exports/index.ts';
export { groupsOf } from './groups.ts';
export { INCIDENT_TYPES, type IncidentType, SEVERITIES, type Severity } from './incident-type.ts';
export { Judge } from './judge.ts';
export { type ErrorEntry, type ErrorLine, ErrorLog } from './log/error-log.ts';
export type { LogSettings } from './log/rotating-log.ts';
export { stageBuffers, stageSeries } from './metrics/index.ts';
export { Recorder } from './metrics/recorder.ts';
export { BOUNDS_NS } from './metrics/totals.ts';
export type { ProcessState } from './process-state.ts';
export { recentLevel } from './recent-level.ts';
export { OUTCOMES, type Outcome, outcomeOf, RERANK_USES, type Sample } from './sample.ts';
export { judgementOf, Objectives, severityOf } from './slo/index.ts';
export type { CanaryBrief, ComparedArm, ExperimentBrief, ObjectiveStatus, Snapshot } from './snapshot.ts';
export { Talkers } from './talkers.ts';
export { targetsOf } from './targets.ts';
export type { Verdict } from './verdict.ts';
