/** The runbook's actions over the running process: what is done about an incident, by whom, and how it is taken back. */
export { incidentActionOf } from './incident-action.ts';
export { openActions } from './open-actions.ts';
export type { Actions, ActionsParts, Concerned, Procedure } from './parts.ts';
