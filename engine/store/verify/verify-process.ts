/** The verifier's process: takes one job from its parent, tells how far it is, reports, and ends; with its parent, if that goes first. */
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../clock.ts';
import { EngineError } from '../../errors.ts';
import type { VerifyJob, VerifyProgress } from './report.ts';
import { verifyGeneration } from './verify.ts';
import type { FromVerifier } from './verify-in-process.ts';

/** Below the process that answers queries, so that reading takes nothing from it. */
const NICENESS = 10;

const tell = (message: FromVerifier, then: () => void = () => {}): void => {
  process.send!(message, then);
};

process.on('disconnect', () => process.exit());
process.once('message', (job: VerifyJob) => {
  setPriority(NICENESS);
  const ports = {
    clock: systemClock,
    sleep: (ms: number) => sleep(ms),
    progress: (progress: VerifyProgress) => tell({ progress }),
  };
  verifyGeneration(job, ports).then(
    (report) => tell({ report }, () => process.exit(0)),
    (error: unknown) => tell({ failure: failureOf(error) }, () => process.exit(0)),
  );
});

function failureOf(error: unknown): Extract<FromVerifier, { failure: unknown }>['failure'] {
  if (error instanceof EngineError) return { code: error.code, detail: error.message, place: error.place };
  return { code: 'internal', detail: String(error), place: {} };
}
