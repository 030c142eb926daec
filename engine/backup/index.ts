/** Backups: make, list, verify, restore, try, and remove them, in a folder or a bucket. */
export type { Restored } from '../store/index.ts';
export type { Check } from './check.ts';
export type { DrillReport } from './drill.ts';
export { type Freshness, freshnessOf, type JournalPosition, positionIn } from './freshness.ts';
export {
  type BackupJob,
  type BackupResult,
  type BackupSummary,
  type BackupTask,
  type ListedBackup,
  listedOf,
  summaryOf,
} from './job.ts';
export { noBackup } from './names.ts';
export type { Preview } from './preview.ts';
export { deleteBackup, type Pruned } from './prune.ts';
export { type Listed, Repository } from './repository.ts';
export type { Policy } from './retention.ts';
export { type RunOptions, runBackupTask } from './run-in-process.ts';
export { adoptSource } from './source-files.ts';
export { openTarget } from './target/open-target.ts';
export type { TargetSettings } from './target/target.ts';
export { concludeUndo, type UndoPreview } from './undo.ts';
export type { BackupReport } from './verify.ts';
export type { Progress } from './work.ts';
