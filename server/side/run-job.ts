/** Starts a program with one job, hears what it says, and waits for what comes of it. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../../engine/errors.ts';
import { wordsOf } from '../../engine/last-words.ts';
import type { FromJob } from './messages.ts';

export interface JobOptions<Said> {
  readonly program: URL;
  /** What it does, as in "the process that rebuilds". */
  readonly does: string;
  /** Hears what it says, and may answer. */
  readonly heard: (said: Said, answer: (message: object) => void) => void;
  /** Ends the process. */
  readonly signal: AbortSignal;
}

/** @throws EngineError as the work does; internal where the process died; the signal's reason */
export function runJob<Job extends object, Said, Done>(
  job: Job,
  { program, does, heard, signal }: JobOptions<Said>,
): Promise<Done> {
  signal.throwIfAborted();
  const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
  const child = fork(fileURLToPath(program), { stdio: [...stdio], execArgv: [], serialization: 'advanced' });
  const say = (message: object): void => {
    // Where it is gone, its end tells.
    child.send(message, () => {});
  };
  const words = wordsOf(child);
  return new Promise<Done>((resolve, reject) => {
    child.on('message', (message: FromJob<Said, Done>) => {
      if ('said' in message) heard(message.said, say);
      else if ('done' in message) resolve(message.done);
      else {
        const { code, detail, place } = message.failure;
        reject(new EngineError(code, detail, place));
      }
    });
    const died = (how: string): void => {
      reject(new EngineError('internal', `The process that ${does} ended by itself: ${how}${words()}`));
    };
    child.once('error', (error) => died(error.message));
    child.once('close', (code, how) => died(how ?? `exit code ${code}`));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    say(job);
  }).finally(() => child.kill('SIGKILL'));
}
