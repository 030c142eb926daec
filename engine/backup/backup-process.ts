/** The process that works on backups: takes one job from its parent, tells how far it is, says what came of it, and ends; with its parent, if that goes first. */
import { setPriority } from 'node:os';
import { systemClock } from '../clock.ts';
import { EngineError } from '../errors.ts';
import type { BackupJob } from './job.ts';
import type { FromBackups } from './run-in-process.ts';
import { runTask } from './run-task.ts';
import { openTarget } from './target/open-target.ts';

/** Below the process that answers queries, so that reading takes nothing from it. */
const NICENESS = 10;

const tell = (message: FromBackups, then: () => void = () => {}): void => {
  process.send!(message, then);
};

const abort = new AbortController();
process.on('disconnect', () => process.exit());
// First the locks are given back; what was written stays for the next run.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () =>
    abort.abort(new EngineError('draining', 'Interrupted: what was written is used by the next run')),
  );
}
process.once('message', (job: BackupJob) => {
  setPriority(NICENESS);
  const ports = {
    clock: systemClock,
    progress: (progress: object) => tell({ progress } as FromBackups),
    signal: abort.signal,
  };
  run(job, ports).then(
    (result) => tell({ result }, () => process.exit(0)),
    (error: unknown) => tell({ failure: failureOf(error) }, () => process.exit(0)),
  );
});

const run = async (job: BackupJob, ports: Parameters<typeof runTask>[2]): ReturnType<typeof runTask> =>
  runTask(() => openTarget(job.settings, process.env), job, ports);

function failureOf(error: unknown): Extract<FromBackups, { failure: unknown }>['failure'] {
  if (error instanceof EngineError) return { code: error.code, detail: error.message, place: error.place };
  return { code: 'internal', detail: String(error), place: {} };
}
