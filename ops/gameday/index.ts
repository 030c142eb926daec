/** Does the runbook hold? What goes wrong is made so on a running server, and how it is noticed and dealt with is measured. */
export { gamedayTable, resultLine } from './report/table.ts';
export { writeGameday } from './report/write.ts';
export type { GamedayReport, LeftOut } from './result.ts';
export { rehearse } from './runner.ts';
export type { Scenario } from './scenario.ts';
export { DECOYS, FLOOD_LIMIT, SCENARIOS } from './scenarios.ts';
export type { Stage } from './stage.ts';
export { restore } from './tidy.ts';
export { activeIncidents } from './watch.ts';
