/**
 * The door to incidents: what is wrong now, what was, who does what about it, and what is to be learned.
 *
 * One keeper a process, fed with verdicts each second; everything else asks it or subscribes to it.
 */
export type { By, IncidentStatus, KeeperPorts, Report } from './asked.ts';
export type { Heard, Told } from './book.ts';
export { fingerprintOf, type Incident, type IncidentState } from './incident.ts';
export { IncidentKeeper } from './keeper.ts';
export {
  documentPolicy,
  type Postmortem,
  postmortemHtml,
  postmortemMarkdown,
  postmortemOf,
  type TimelineEntry,
  timelineOf,
} from './postmortem/index.ts';
export { CHECKLIST_ITEMS, CHECKLISTS, type ChecklistItem } from './record/checklists.ts';
export {
  type ActionItem,
  type ActionRecord,
  AUTOMATIC,
  type IncidentEvent,
  itemSchema,
  POSTMORTEM_STATUSES,
  type PostmortemStatus,
  SECTIONS,
  type Section,
} from './record/event.ts';
export { readRecord } from './record/read-record.ts';
export { type IncidentSettings, incidentsSchema } from './settings.ts';
export { isWorse, USUAL_SEVERITY } from './severity.ts';
export type { Change } from './suspects.ts';
