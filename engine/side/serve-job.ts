/** The other end: takes one job from the parent, works at low priority, and ends with it; with the parent, if that goes first. */
import { setPriority } from 'node:os';
import { EngineError } from '../errors.ts';
import type { FromJob } from './messages.ts';

/** Below the process that answers queries: what they leave is enough. */
const NICENESS = 10;

export function serveJob<Job, Said, Done>(work: (job: Job, say: (said: Said) => void) => Promise<Done>): void {
  const tell = (message: FromJob<Said, Done>, then: () => void = () => {}): void => {
    process.send!(message, then);
  };
  process.on('disconnect', () => process.exit());
  process.once('message', (job: Job) => {
    setPriority(NICENESS);
    work(job, (said) => tell({ said })).then(
      (done) => tell({ done }, () => process.exit(0)),
      (error: unknown) => tell({ failure: failureOf(error) }, () => process.exit(0)),
    );
  });
}

function failureOf(error: unknown): Extract<FromJob<never, never>, { failure: unknown }>['failure'] {
  if (error instanceof EngineError) return { code: error.code, detail: error.message, place: error.place };
  return { code: 'internal', detail: (error as Error).stack ?? String(error), place: {} };
}
