/** What do several processes tell each other of experiments? What people did, and what each found out by itself. */
import type { Act, Experiment, ProgressNote } from './state.ts';

export type CanaryNotice =
  /** As it is since somebody did something about it. */
  | { readonly kind: 'experiment'; readonly experiment: Experiment }
  | { readonly kind: 'forgotten'; readonly name: string }
  /** Where it has come to by itself since then. */
  | { readonly kind: 'progress'; readonly name: string; readonly note: ProgressNote }
  /** It was rolled back by itself: that is never taken back by another's progress. */
  | { readonly kind: 'rolled_back'; readonly name: string; readonly note: ProgressNote }
  | { readonly kind: 'stopped'; readonly act: Act }
  | { readonly kind: 'cleared'; readonly act: Act };

export type AnnounceCanary = (notice: CanaryNotice) => void;

/** A notice and when it was first said, milliseconds since the epoch. */
export interface DatedNotice {
  readonly notice: CanaryNotice;
  readonly saidMs: number;
}

export const noteOf = ({ revision, phase, percentage, step, stepAtMs, stepped, last }: Experiment): ProgressNote => ({
  revision,
  phase,
  percentage,
  step,
  stepAtMs,
  stepped,
  last,
});
