/** Merges in a process of its own: whatever happens to that one, it is a failed merge and not our end. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MergedChange } from '../../engine/build/index.ts';
import { EngineError } from '../../engine/errors.ts';
import type { FromMerger, Merged, MergeJob, MergeStage, ToMerger } from './merge-messages.ts';

/** Sent at once: to write a message must not keep requests waiting. */
const CHANGES_A_MESSAGE = 8;
/** What is kept of the words of a process that died. */
const WORDS_CHARS = 300;

export interface MergeInProcess {
  readonly job: MergeJob;
  /** As many as the job names. */
  readonly changes: readonly MergedChange[];
  readonly stage: (stage: MergeStage) => void;
  /** Ends the process. */
  readonly signal: AbortSignal;
}

/** @throws EngineError as the merge does; internal where the process died; the signal's reason */
export function mergeInProcess({ job, changes, stage, signal }: MergeInProcess): Promise<Merged> {
  signal.throwIfAborted();
  const program = fileURLToPath(new URL('./merge-process.js', import.meta.url));
  const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
  const child = fork(program, { stdio: [...stdio], execArgv: [], serialization: 'advanced' });
  const say = (message: ToMerger): void => {
    // Where it is gone, its end tells.
    child.send(message, () => {});
  };
  let words = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(0, WORDS_CHARS);
  });
  let sent = 0;
  return new Promise<Merged>((resolve, reject) => {
    child.on('message', (message: FromMerger) => {
      if ('more' in message) {
        const some = changes.slice(sent, sent + CHANGES_A_MESSAGE);
        sent += some.length;
        say({ changes: some, last: sent === changes.length });
      } else if ('stage' in message) stage(message.stage);
      else if ('merged' in message) resolve(message.merged);
      else {
        const { code, detail, place } = message.failure;
        reject(new EngineError(code, detail, place));
      }
    });
    const died = (how: string): void => {
      const said = words.trim() === '' ? '' : `: ${words.trim()}`;
      reject(new EngineError('internal', `The process that merges ended by itself: ${how}${said}`));
    };
    child.once('error', (error) => died(error.message));
    child.once('close', (code, how) => died(how ?? `exit code ${code}`));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    say({ job });
  }).finally(() => child.kill('SIGKILL'));
}
