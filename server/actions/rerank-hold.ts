/**
 * Until when is reranking off, and what is to be so then? Kept in the reason that the experiments have on the disk, so that a process
 * that ends within that time does not leave it off for good: the next one gives it back.
 */
import { type Experiment, experimentOf, RERANK } from '../canary/index.ts';
import { type ActingDesk, moved } from './experiment-moves.ts';

export interface RerankHold {
  readonly untilMs: number;
  readonly phase: Experiment['phase'];
}

const HOLD = / \(until (\d{4}-\d\d-\d\dT[\d:.]{8,12}Z), then promoted\)$/;
/** Who does what nobody asks for: not `automatic`, by which experiments mean their own judgement. */
export const RUNBOOK = 'runbook';
/** The process that did it goes first. */
const GRACE_MS = 5000;

/** Only what everybody had before is given back by another process: a rollout is a person's to go on with. */
export const textOfHold = ({ untilMs, phase }: RerankHold): string =>
  phase === 'promoted' ? ` (until ${new Date(untilMs).toISOString()}, then promoted)` : '';

const untilMsOf = (reason: string): number | null => {
  const found = HOLD.exec(reason);
  return found === null ? null : Date.parse(found[1]!);
};

/** To be called once a second. @returns whether it was given back */
export async function endHold(desk: ActingDesk, wallMs: number): Promise<boolean> {
  const one = experimentOf(desk.state, RERANK)!;
  const untilMs = one.phase === 'pending' ? untilMsOf(one.last.reason) : null;
  if (untilMs === null || wallMs < untilMs + GRACE_MS || desk.state.stop !== null) return false;
  await moved(desk, { kind: 'promote', name: RERANK }, { by: RUNBOOK, reason: 'disable_rerank is over' });
  return true;
}
