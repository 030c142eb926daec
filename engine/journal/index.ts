/** The door to the journal: records that are durable before anyone is told, and what became of them after a crash. */
export { damageError, type JournalDamage } from './damage.ts';
export { type GraftedSegment, graftJournal } from './graft.ts';
export type { Journal, JournalListener } from './journal.ts';
export { lookAtJournal, type SeenJournal } from './look.ts';
export { type JournalOptions, type OpenedJournal, openJournal } from './open.ts';
export type { Coverage, Recovery, TakeRecord } from './recovery.ts';
export type { JournalSize } from './segment-writer.ts';
