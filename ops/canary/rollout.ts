/**
 * How far is the canary let out, and what comes next?
 *
 * ```
 * pending ─▶ running ──last step──▶ promoted
 *              │ ▲ ▲
 *       pause  ▼ │ └─ resume
 *            paused        running ──worse, or failing──▶ rolled_back
 *                          running ──too little seen for too long──▶ inconclusive
 * ```
 *
 * A step is taken when it has lasted, enough was seen, the canary is shown to be worse by no more than the margin, and the error budget
 * is not spent. Nothing begins again by itself: who was rolled back, or found nothing out, is begun anew by a person.
 */
import { differenceBounds } from './confidence.ts';
import { type ArmCounts, BAD_EVENTS, type BadEvent, type TrialVerdict } from './trial.ts';

export const PHASES = ['pending', 'running', 'paused', 'inconclusive', 'promoted', 'rolled_back'] as const;
export type Phase = (typeof PHASES)[number];

export interface RolloutPlan {
  /** Shares one after the other, in percent, rising. */
  readonly steps: readonly number[];
  /** Least time on each. */
  readonly stepMsMin: number;
  /** Least comparable requests of the canary on each. */
  readonly stepRequestsMin: number;
  /** By how much the rate of each kind of bad event may be higher in the canary, as a share of requests: 0.01 is one in a hundred. */
  readonly margin: number;
  /** Probability that a canary which is worse by more than the margin passes a step. */
  readonly alpha: number;
  /** A step that has not been enough after so long tells nothing. */
  readonly stepMsMax: number;
}

export interface Progress {
  readonly phase: Phase;
  /** Index in the plan's steps. */
  readonly step: number;
  /** When it was reached. */
  readonly stepAtMs: number;
  /** Why it is so, in words that can be shown. */
  readonly reason: string;
}

/** What was seen on the present step. */
export interface Seen {
  readonly verdict: TrialVerdict;
  readonly canary: ArmCounts;
  readonly control: ArmCounts;
  /** Whether the objectives leave room for a risk. */
  readonly budgetLeft: boolean;
}

/** What holds the next step up; none where it may be taken. */
export function obstacles(plan: RolloutPlan, { stepAtMs }: Progress, seen: Seen, nowMs: number): string[] {
  const found: string[] = [];
  const left = stepAtMs + plan.stepMsMin - nowMs;
  if (left > 0) found.push(`the step lasts ${Math.ceil(left / 1000)} s more`);
  const missing = plan.stepRequestsMin - seen.canary.requests;
  if (missing > 0) found.push(`${missing} more requests of the canary are to be seen`);
  if (!seen.budgetLeft) found.push('the error budget is spent');
  for (const kind of BAD_EVENTS) {
    const { high } = excess(seen, kind, plan.alpha);
    if (high > plan.margin)
      found.push(`${kind} may be ${percent(high)} more frequent in the canary, ${percent(plan.margin)} are allowed`);
  }
  return found;
}

/** By how much a kind of bad event is more frequent in the canary, at least and at most. */
export const excess = (
  { canary, control }: Pick<Seen, 'canary' | 'control'>,
  kind: BadEvent,
  alpha: number,
): { readonly low: number; readonly high: number } =>
  differenceBounds(
    { bad: canary.bad[kind], all: canary.requests },
    { bad: control.bad[kind], all: control.requests },
    alpha / BAD_EVENTS.length,
  );

/** What ends it whatever the plan says, and why; null where nothing does. */
export function ending(
  verdict: TrialVerdict,
): { readonly phase: 'rolled_back' | 'paused'; readonly reason: string } | null {
  switch (verdict.kind) {
    case 'none':
      return null;
    case 'worse':
      return { phase: 'rolled_back', reason: `${verdict.by} is more frequent in the canary` };
    case 'failing':
      return {
        phase: 'rolled_back',
        reason: `${verdict.consecutive} requests failed in the canary, one after the other`,
      };
    case 'sample_ratio':
      return {
        phase: 'paused',
        reason: 'the arms do not have the shares that they should: what is seen cannot be compared',
      };
  }
}

/** What is so now; the same object where nothing has changed. Only a running one moves. */
export function advance(plan: RolloutPlan, progress: Progress, seen: Seen, nowMs: number): Progress {
  if (progress.phase !== 'running') return progress;
  const end = ending(seen.verdict);
  if (end !== null) return { ...progress, ...end };
  const ended = (phase: Phase, reason: string): Progress => ({ ...progress, phase, reason });
  const inTheWay = obstacles(plan, progress, seen, nowMs);
  if (inTheWay.length > 0) {
    const over = nowMs - progress.stepAtMs > plan.stepMsMax;
    return over ? ended('inconclusive', `after ${plan.stepMsMax / 60_000} minutes ${inTheWay.join('; ')}`) : progress;
  }
  const step = progress.step + 1;
  if (step >= plan.steps.length) return ended('promoted', 'it was no worse on any step');
  return { phase: 'running', step, stepAtMs: nowMs, reason: `no worse at ${plan.steps[progress.step]} %` };
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
