/** The judge: what happened, and is it good enough? */
export { type ErrorEntry, ErrorLog } from './log/error-log.ts';
export { type EndpointMetrics, Recorder, type Sample } from './metrics/recorder.ts';
