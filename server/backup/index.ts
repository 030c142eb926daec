/** Backups of a running server: when they are made, what an operator may ask of them, and their settings. */
export { type BackupSettings, backupSchema, policyOf, targetOf } from './settings.ts';
