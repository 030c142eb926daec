/** Works on backups in a process of its own: reading takes no time from queries, and native code that dies takes nobody with it. */
import { runJob } from '../side/index.ts';
import type { BackupJob, BackupResult, BackupTask } from './job.ts';
import type { Progress } from './work.ts';

/** A process that was asked to end and works on is ended. */
const GRACE_MS = 10_000;

export interface RunOptions {
  readonly progress?: (progress: Progress) => void;
  /** Asks the process to end: it gives its locks back first. */
  readonly signal?: AbortSignal;
}

/** @throws EngineError whatever the task gives; `internal` where its process died, with what it said */
export function runBackupTask<Task extends BackupTask>(
  job: BackupJob & { readonly task: Task },
  { progress = () => {}, signal }: RunOptions = {},
): Promise<BackupResult<Task['kind']>> {
  return runJob<BackupJob, Progress, BackupResult<Task['kind']>>(job, {
    program: new URL('./backup-process.js', import.meta.url),
    does: 'works on backups',
    heard: progress,
    signal,
    graceMs: GRACE_MS,
  });
}
