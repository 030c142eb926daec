/** Verifies in a process of its own: whatever happens to that one, it is a verdict and not our end. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EngineError, type ErrorCode, type ErrorPlace } from '../../errors.ts';
import { wordsOf } from '../../last-words.ts';
import type { VerifyJob, VerifyProgress, VerifyReport } from './report.ts';

/** What the verifying process says. */
export type FromVerifier =
  | { readonly progress: VerifyProgress }
  | { readonly report: VerifyReport }
  | { readonly failure: { readonly code: ErrorCode; readonly detail: string; readonly place: ErrorPlace } };

/** Beyond its deadline, before a process that does not answer is killed. */
const GRACE_MS = 10_000;

export interface VerifyOptions {
  readonly progress?: (progress: VerifyProgress) => void;
  /** Ends the process; the promise is then rejected with the reason. */
  readonly signal?: AbortSignal;
  /** The program of the verifier, where it is not the one beside this file. */
  readonly program?: string;
}

/**
 * @returns the report; with the verdict `crashed` where the process died or did not answer in time, with what is known of why
 * @throws EngineError index_missing | index_foreign | index_unreadable; the signal's reason
 */
export function verifyInProcess(job: VerifyJob, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { progress = () => {}, signal } = options;
  signal?.throwIfAborted();
  const program = options.program ?? fileURLToPath(new URL('./verify-process.js', import.meta.url));
  const child = fork(program, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
  const words = wordsOf(child);
  let late: NodeJS.Timeout | null = null;
  return new Promise<VerifyReport>((resolve, reject) => {
    const crashed = (detail: string): void => resolve(crashReport(job, detail));
    child.on('message', (message: FromVerifier) => {
      if ('progress' in message) progress(message.progress);
      else if ('report' in message) resolve(message.report);
      else {
        const { code, detail, place } = message.failure;
        reject(new EngineError(code, detail, place));
      }
    });
    child.once('error', (error) => crashed(error.message));
    child.once('close', (code, how) => crashed(`ended by ${how ?? `exit code ${code}`}${words()}`));
    if (job.deadlineMs !== null) {
      late = setTimeout(() => crashed('no answer long after its deadline'), job.deadlineMs + GRACE_MS);
    }
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    child.send(job, (error) => {
      if (error !== null) crashed(error.message);
    });
  }).finally(() => {
    if (late !== null) clearTimeout(late);
    child.kill('SIGKILL');
  });
}

const crashReport = ({ generation }: VerifyJob, detail: string): VerifyReport => ({
  generation,
  verdict: 'crashed',
  detail,
  checks: [],
  findings: [],
  bytesRead: 0,
  bytesTotal: 0,
  seconds: 0,
  resume: null,
});
