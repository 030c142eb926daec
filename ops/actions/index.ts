/** What is done about incidents: by whom, how, within which bounds. */

export type { IncidentType, Severity } from '../incident-type.ts';
export type {
  About,
  ActionDefinition,
  ActionRecord,
  Asking,
  Done,
  Effect,
  Measured,
  Risk,
  RunState,
} from './action.ts';
export { type Acute, Automatic, type AutomaticSettings } from './automatic.ts';
export { PROCEDURES, type Step } from './procedures.ts';
export { ActionRunner } from './runner.ts';
export type { Asked } from './runs.ts';
