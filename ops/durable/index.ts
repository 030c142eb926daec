/** The door to records that survive: lines of a file, each synced before it counts. */
export type { RecordDisk } from './disk.ts';
export { DurableLines } from './durable-lines.ts';
export { ensureRecordFolder } from './folder.ts';
export { patientDisk } from './patient-disk.ts';
