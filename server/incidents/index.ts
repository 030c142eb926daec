/** What is wrong, what is done about it, by whom, and what was learned: as a running server tells it. */
export { actionsAdmin, executionAnswer, proceduresAnswer } from './actions-admin.ts';
export type { Audit, Incidents, Seen } from './contract.ts';
export { incidentFamilies } from './incident-families.ts';
export {
  acknowledgeInput,
  detectInput,
  executeInput,
  noInput,
  noteInput,
  resolveInput,
  undoInput,
  writeUpInput,
} from './incident-inputs.ts';
export { incidentAnswer, type ToldIncident, toldOf } from './incident-told.ts';
export { incidentsAdmin } from './incidents-admin.ts';
export { openIncidents } from './open-incidents.ts';
export { postmortemAdmin } from './postmortem-admin.ts';
export { statusTold } from './status-told.ts';
