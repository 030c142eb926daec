/** Backups of a running server: when they are made, what an operator may ask of them, and their settings. */
export {
  backupAdmin,
  backupCreateInput,
  backupDeleteInput,
  backupRestoreInput,
  backupUndoInput,
  backupVerifyInput,
} from './backup-admin.ts';
export { type Backups, openBackups } from './open-backups.ts';
export { periodMs, timesOf } from './schedule.ts';
export { policyOf, targetOf } from './settings.ts';
