/** Interval logs of any tool: lines → histograms. */
export { Buckets, rankOf } from './buckets.ts';
export { decodePayload } from './payload.ts';
export { type LogInterval, type ReadLog, readLog, type SkippedLine } from './read-log.ts';
