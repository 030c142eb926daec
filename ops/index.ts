/** The judge: what happened, and is it good enough? */

export { dashboardFiles } from './dashboard/index.ts';
export { createDetectors } from './detect/index.ts';
export { type EndpointMetrics, endpointMetrics, recentIntervals } from './endpoint-metrics.ts';
export {
  exportHistograms,
  METRICS_CONTENT_TYPES,
  metricsText,
  negotiate,
  parseSelection,
  TIMELINE_RANGES,
  timeline,
} from './exports/index.ts';
export { groupsOf } from './groups.ts';
export { Judge } from './judge.ts';
export { type ErrorEntry, ErrorLog } from './log/error-log.ts';
export { stageBuffers, stageSeries } from './metrics/index.ts';
export { Recorder } from './metrics/recorder.ts';
export type { ProcessState } from './process-state.ts';
export { type Outcome, outcomeOf, RERANK_USES, type Sample } from './sample.ts';
export { openObjectives } from './slo/index.ts';
export { Talkers } from './talkers.ts';
