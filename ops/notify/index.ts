/** The door to notification: who is told of an incident, where, and when does the next one hear of it? */
export type { ChangeView } from './change-notice.ts';
export type { IncidentView } from './escalation/incident.ts';
export type { Silence } from './escalation/quiet.ts';
export type { Notice, NoticeState } from './notice.ts';
export { type ChannelStatus, Notifier, type NotifierStatus, type NotifierTerms } from './notifier.ts';
export type { OutboxDisk } from './outbox/disk.ts';
export { type NotifySettings, notifySchema } from './settings.ts';
export { type SilenceRequest, silenceSchema } from './silences.ts';
export type { TestResult } from './test-notice.ts';
