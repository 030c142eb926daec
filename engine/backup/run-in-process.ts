/** Works on backups in a process of its own: reading takes no time from queries, and native code that dies takes nobody with it. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EngineError, type ErrorCode, type ErrorPlace } from '../errors.ts';
import { wordsOf } from '../last-words.ts';
import type { BackupJob, BackupResult, BackupTask } from './job.ts';
import type { Progress } from './work.ts';

/** What that process says. */
export type FromBackups =
  | { readonly progress: Progress }
  | { readonly result: BackupResult }
  | { readonly failure: { readonly code: ErrorCode; readonly detail: string; readonly place: ErrorPlace } };

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
  signal?.throwIfAborted();
  const program = fileURLToPath(new URL('./backup-process.js', import.meta.url));
  const child = fork(program, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
  const words = wordsOf(child);
  const end = (): void => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
  };
  signal?.addEventListener('abort', end, { once: true });
  return new Promise<BackupResult<Task['kind']>>((resolve, reject) => {
    const died = (detail: string): void => reject(new EngineError('internal', `The process of the backups ${detail}`));
    child.on('message', (message: FromBackups) => {
      if ('progress' in message) progress(message.progress);
      else if ('result' in message) resolve(message.result as BackupResult<Task['kind']>);
      else {
        const { code, detail, place } = message.failure;
        reject(new EngineError(code, detail, place));
      }
    });
    child.once('error', (error) => died(`could not be started: ${error.message}`));
    child.once('close', (code, how) => died(`ended by ${how ?? `exit code ${code}`}${words()}`));
    child.send(job, (error) => {
      if (error !== null) died(`could not be asked: ${error.message}`);
    });
  }).finally(() => {
    signal?.removeEventListener('abort', end);
    child.kill('SIGKILL');
  });
}
