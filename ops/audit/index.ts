/** The door to the audit log: who did what, in a chain that shows what was done to it. */
export { type AuditAct, type AuditEntry, entrySchema, GENESIS, type Head } from './entry.ts';
export { type AuditFile, readAuditFiles } from './files.ts';
export { AuditLog, type AuditSettings } from './log.ts';
export { latestEntry, readAuditPage } from './page.ts';
export { type AuditFault, type AuditVerdict, verifyAudit } from './verify.ts';
