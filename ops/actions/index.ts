/** What is done about incidents: by whom, how, within which bounds. */
export type { ActionDefinition, ActionRecord, Done, Effect, Risk, RunState } from './action.ts';
export { type Acute, Automatic, type AutomaticSettings } from './automatic.ts';
export { PROCEDURES, type Step } from './procedures.ts';
export { ActionRunner, type Asked } from './runner.ts';
