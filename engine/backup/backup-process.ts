/** The process that works on backups: told to end, it gives its locks back first. */
import { systemClock } from '../clock.ts';
import { EngineError } from '../errors.ts';
import { serveJob } from '../side/index.ts';
import type { BackupJob, BackupResult } from './job.ts';
import { runTask } from './run-task.ts';
import { openTarget } from './target/open-target.ts';
import type { Progress } from './work.ts';

const abort = new AbortController();
// What was written stays for the next run.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () =>
    abort.abort(new EngineError('draining', 'Interrupted: what was written is used by the next run')),
  );
}

serveJob<BackupJob, Progress, BackupResult>(async (job, progress) =>
  runTask(() => openTarget(job.settings, process.env), job, { clock: systemClock, progress, signal: abort.signal }),
);
