/** Did it become faster? Looked at each second, until it has or has not. */
import type { Measured } from '../../ops/actions/index.ts';
import type { Measures } from './measures.ts';

const STEP_MS = 1000;
const STEPS = 12;
/** What was under way still tells of before. */
const STEPS_UNHEARD = 2;
const WINDOW_S = 2;
export const BEFORE_S = 5;

export interface LatencyAsked {
  readonly beforeMs: number | null;
  /** Answers within it are fast enough. */
  readonly slowMs: number;
  readonly signal: AbortSignal;
}

/** Ends as soon as it is faster than before, or fast enough; null after where nobody asked. */
export async function latencyEffect(
  measures: Pick<Measures, 'p95Ms' | 'wait'>,
  { beforeMs, slowMs, signal }: LatencyAsked,
): Promise<{ readonly ok: boolean; readonly measured: Measured }> {
  const fine = (ms: number | null): boolean => ms === null || ms <= slowMs || (beforeMs !== null && ms < beforeMs);
  let afterMs: number | null = null;
  for (let step = 1; step <= STEPS && !signal.aborted; step++) {
    await measures.wait(STEP_MS, signal);
    if (step <= STEPS_UNHEARD) continue;
    afterMs = measures.p95Ms(WINDOW_S);
    if (fine(afterMs)) break;
  }
  return { ok: fine(afterMs), measured: { measure: 'p95 ms', before: beforeMs, after: afterMs } };
}

export const saidOf = ({ before, after }: Measured): string => {
  if (after === null) return 'nobody asked since, so no latency is known';
  const was = before === null ? '' : `, and was ${Math.round(before)} ms`;
  return `p95 is ${Math.round(after)} ms${was}`;
};
