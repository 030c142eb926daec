/** What do people get of each arm, what becomes of it, and what do they click? */
export { AbLog } from './ab-log.ts';
export type { Clicked, ClickVerdict } from './impressions.ts';
export type { AbLine, ArmTaken, ClickLine, Interleaved, SearchLine } from './line.ts';
export { readAbLog } from './read-log.ts';
export { type ExperimentReport, experimentReports } from './report.ts';
export { AbTally, DAYS_MAX } from './tally.ts';
export { readTotals, type Totals, writeTotals } from './totals.ts';
