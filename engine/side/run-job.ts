/** Starts a program with one job, hears what it says, and waits for what comes of it. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../errors.ts';
import { wordsOf } from '../last-words.ts';
import type { FromJob } from './messages.ts';

export interface JobOptions<Said, Done> {
  readonly program: URL;
  /** What it does, as in "the process that rebuilds". */
  readonly does: string;
  /** Hears what it says, and may answer. */
  readonly heard: (said: Said, answer: (message: object) => void) => void;
  /** Ends the process; the promise is then rejected with the reason, unless the process is given time. */
  readonly signal?: AbortSignal | undefined;
  /** Time for a process that is told to end (SIGTERM) to say itself what came of it; not there where it needs none. */
  readonly graceMs?: number;
  /** After which it is taken for dead; null for never. */
  readonly answersWithinMs?: number | null;
  /** What comes of a process that died, where that is an answer. */
  readonly died?: (how: string) => Done;
}

/** @throws EngineError as the work does; internal where the process died; the signal's reason */
export function runJob<Job extends object, Said, Done>(job: Job, options: JobOptions<Said, Done>): Promise<Done> {
  const { program, does, heard, signal, graceMs, answersWithinMs = null } = options;
  signal?.throwIfAborted();
  const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
  const child = fork(fileURLToPath(program), { stdio: [...stdio], execArgv: [], serialization: 'advanced' });
  const say = (message: object): void => {
    // Where it is gone, its end tells.
    child.send(message, () => {});
  };
  const words = wordsOf(child);
  let aborted = (): void => {};
  let late: NodeJS.Timeout | undefined;
  return new Promise<Done>((resolve, reject) => {
    const died = (how: string): void => {
      if (options.died !== undefined) resolve(options.died(how));
      else reject(new EngineError('internal', `The process that ${does} ${how}`));
    };
    child.on('message', (message: FromJob<Said, Done>) => {
      if ('said' in message) heard(message.said, say);
      else if ('done' in message) resolve(message.done);
      else {
        const { code, detail, place } = message.failure;
        reject(new EngineError(code, detail, place));
      }
    });
    child.once('error', (error) => died(`could not be started: ${error.message}`));
    child.once('close', (code, how) => died(`ended by ${how ?? `exit code ${code}`}${words()}`));
    if (answersWithinMs !== null) late = setTimeout(() => died('gave no answer in time'), answersWithinMs);
    aborted = () => (graceMs === undefined ? reject(signal!.reason) : endWithin(child, graceMs));
    signal?.addEventListener('abort', aborted, { once: true });
    say(job);
  }).finally(() => {
    clearTimeout(late);
    // One signal may end many jobs, one after another.
    signal?.removeEventListener('abort', aborted);
    child.kill('SIGKILL');
  });
}

function endWithin(child: ChildProcess, graceMs: number): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
}
