/** How does what was measured leave the house? Histograms as files, /metrics as text, columns for the dashboard. */
export { exportHistograms, type HistogramExport } from './export.ts';
export { boundText, type Family, type MetricsFormat } from './exposition.ts';
export { type MetricsState, metricsText } from './metrics-text.ts';
export { METRICS_CONTENT_TYPES, negotiate } from './negotiate.ts';
export {
  EXPORT_FORMATS,
  type ExportFormat,
  type ParsedSelection,
  parseSelection,
  type Selection,
  type SelectionBounds,
  type SelectionFault,
} from './selection.ts';
export { singleFamily } from './single-family.ts';
export { TIMELINE_RANGES, type TimelineRange, timeline } from './timeline.ts';
