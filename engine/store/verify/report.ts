/** What crosses between the process that verifies and the one that wants to know. Plain values. */
import type { FileDamage } from '../blocks.ts';

/** In the order in which they are made; each only where those before found nothing. */
export const CHECKS = ['bytes', 'counts', 'records', 'words', 'graph', 'recall'] as const;
export type CheckName = (typeof CHECKS)[number];

export interface VerifyJob {
  /** The index directory. */
  readonly index: string;
  /** Which generation. */
  readonly generation: string;
  /** Breadth of the graph's search, as queries have it. */
  readonly expansionSearch: number;
  /** Most bytes read a second; null for as fast as it goes. */
  readonly bytesPerSecondMax: number | null;
  /** Time after which it stops and says where; null for none. */
  readonly deadlineMs: number | null;
  /** Where an earlier run stopped; null from the start. */
  readonly resume: Resume | null;
  /** Which passages are sampled. */
  readonly seed: number;
}

/** The first block that was not read yet; from the end of the last file on the other checks are due. */
export interface Resume {
  readonly file: string;
  readonly block: number;
}

export interface Finding extends FileDamage {
  readonly check: CheckName;
}

export interface CheckResult {
  readonly check: CheckName;
  /** `skipped`: nothing to check it on, or an earlier one failed. `unfinished`: out of time. */
  readonly state: 'passed' | 'failed' | 'skipped' | 'unfinished';
  /** What was counted and measured, by name. */
  readonly measured: Readonly<Record<string, number>>;
}

/**
 * `sound`: all checks passed. `damaged`: see `findings`. `unfinished`: out of time, nothing found so far. `crashed`: the process
 * that verified was killed or died, as native code does on files that it cannot read; `detail` says how.
 */
export type Verdict = 'sound' | 'damaged' | 'unfinished' | 'crashed';

export interface VerifyReport {
  readonly generation: string;
  readonly verdict: Verdict;
  readonly detail: string | null;
  readonly checks: readonly CheckResult[];
  readonly findings: readonly Finding[];
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly seconds: number;
  /** Where to go on; null where nothing is left. */
  readonly resume: Resume | null;
}

export interface VerifyProgress {
  readonly check: CheckName;
  /** 0 … 100 over all checks. */
  readonly percent: number;
}
