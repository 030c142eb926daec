/** What is wrong, what is done about it, by whom, and what was learned: as a running server tells it. */
export type { Audit, IncidentActions, Incidents, Procedure, Seen } from './contract.ts';
