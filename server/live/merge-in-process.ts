/** Merges in a process of its own: whatever happens to that one, it is a failed merge and not our end. */
import type { MergedChange } from '../../engine/build/index.ts';
import { runJob } from '../../engine/side/index.ts';
import type { ChangesForMerger, FromMerger, Merged, MergeJob, MergeStage } from './merge-messages.ts';

/** Sent at once: to write a message must not keep requests waiting. */
const CHANGES_A_MESSAGE = 8;

export interface MergeInProcess {
  readonly job: MergeJob;
  /** As many as the job names. */
  readonly changes: readonly MergedChange[];
  readonly stage: (stage: MergeStage) => void;
  /** Ends the process. */
  readonly signal: AbortSignal;
}

/** @throws EngineError as the merge does; internal where the process died; the signal's reason */
export async function mergeInProcess({ job, changes, stage, signal }: MergeInProcess): Promise<Merged> {
  let sent = 0;
  return runJob<MergeJob, FromMerger, Merged>(job, {
    program: new URL('./merge-process.js', import.meta.url),
    does: 'merges',
    signal,
    heard: (said, answer) => {
      if ('stage' in said) {
        stage(said.stage);
        return;
      }
      const some = changes.slice(sent, sent + CHANGES_A_MESSAGE);
      sent += some.length;
      answer({ changes: some, last: sent === changes.length } satisfies ChangesForMerger);
    },
  });
}
