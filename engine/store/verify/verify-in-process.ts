/** Verifies in a process of its own: whatever happens to that one, it is a verdict and not our end. */
import { pathToFileURL } from 'node:url';
import { runJob } from '../../side/index.ts';
import type { VerifyJob, VerifyProgress, VerifyReport } from './report.ts';

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
  const { progress = () => {}, signal, program } = options;
  return runJob<VerifyJob, VerifyProgress, VerifyReport>(job, {
    program: program === undefined ? new URL('./verify-process.js', import.meta.url) : pathToFileURL(program),
    does: 'verifies',
    heard: progress,
    signal,
    answersWithinMs: job.deadlineMs === null ? null : job.deadlineMs + GRACE_MS,
    died: (how) => crashReport(job, how),
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
