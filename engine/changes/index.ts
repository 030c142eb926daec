/**
 * The door to live changes: documents put, patched and deleted while a generation serves.
 *
 * - Durable: an outcome that says that something was done is given only when it is on the disk, and no crash takes it back. Nobody
 *   sees a change before it is durable: neither {@link Changes.get} nor {@link Changes.since}.
 * - Bounded: documents, bytes, keys and the age of keys by {@link ChangesSettings}; the journal by what is not removed yet.
 * - One process has a journal, and one thread of it this object; its workers get what {@link Changes.since} lists.
 *
 * The life of a change: `apply` writes it to the journal; `onDurable` tells, and each worker puts what `since` lists into its delta.
 * A merge takes what `seal` gives it and builds a generation whose manifest names its coverage. When the pointer to that one is
 * durable and the base answers from it, `merged` drops it from memory, and `removeJournal` from the disk once no older generation
 * that may yet serve needs it. A change of the same document that comes while a merge runs stays, since its sequence is higher.
 *
 * After a start with damage in the journal everything whole is served; the recovery says what is not: log and count it.
 */
export type { Base } from './base.ts';
export {
  type ChangedDocument,
  Changes,
  type ChangesOptions,
  type ChangesSettings,
  type ChangesSince,
  type ChangesStatus,
} from './changes.ts';
export { type DocumentFields, type Effect, idOf, type Operation, type Outcome } from './operation.ts';
export { readChanges, type SeenChanges } from './read-changes.ts';
