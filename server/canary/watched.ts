/** What was seen of an experiment since it began: the trial, where its present step began, and how the evidence grew. */
import { z } from 'zod';
import {
  type ArmCounts,
  BAD_EVENTS,
  ending,
  excess,
  noCounts,
  obstacles,
  type Progress,
  rateBounds,
  type Seen,
  Trial,
} from '../../ops/canary/index.ts';
import type { ComparedArm, ExperimentBrief } from '../../ops/index.ts';
import { rolloutPlanOf } from './definition.ts';
import type { Experiment } from './state.ts';

type Both = { readonly canary: ArmCounts; readonly control: ArmCounts };

const POINT_MS = 10_000;
/** An hour of points. */
const POINTS_MAX = 360;
/** Ten minutes of them. */
const BRIEF_POINTS_MAX = 60;
/** With which probability a rate that is shown is ever outside of its bounds. */
const SHOWN_ALPHA = 0.05;

/** Milliseconds since the epoch, logarithms of the evidence that the canary is worse and that the shares are not right, requests of both. */
type Point = readonly [number, number, number, number, number];

const countsSchema = z.object({
  requests: z.number(),
  bad: z.object({
    error: z.number(),
    slow: z.number(),
    very_slow: z.number(),
    empty: z.number(),
    degraded: z.number(),
  }),
});
const bothSchema = z.object({ canary: countsSchema, control: countsSchema });
const betsSchema = z.array(z.number());

export const watchedSchema = z.object({
  run: z.string(),
  step: z.int(),
  from: bothSchema,
  points: z.array(z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()])),
  trial: z.object({
    bets: z.object({
      error: betsSchema,
      slow: betsSchema,
      very_slow: betsSchema,
      empty: betsSchema,
      degraded: betsSchema,
    }),
    ratio: z.object({ logBefore: z.number(), share: z.number(), canary: z.number(), control: z.number() }),
    counts: bothSchema,
    failures: z.number(),
  }),
});
export type WatchedRecord = z.infer<typeof watchedSchema>;

export class Watched {
  readonly run: string;
  readonly trial: Trial;
  #step: number;
  /** What had been counted when the step began. */
  #from: Both = { canary: noCounts(), control: noCounts() };
  #points: Point[] = [];

  constructor({ run, step, definition: { alpha, consecutiveFailuresMax } }: Experiment) {
    this.run = run;
    this.#step = step;
    this.trial = new Trial({ alpha, consecutiveFailuresMax });
  }

  /** What another process of this place had seen, where it is of the same run. */
  restore({ run, step, from, points, trial }: WatchedRecord): void {
    if (run !== this.run) return;
    this.trial.restore(trial);
    this.#points = [...points];
    if (step === this.#step) this.#from = from;
    else this.#from = this.trial.counts;
  }

  /** As {@link watchedSchema} reads it. */
  get record(): object {
    return { run: this.run, step: this.#step, from: this.#from, points: this.#points, trial: this.trial.record };
  }

  /** Another step: what was seen before it says nothing of it. */
  follow({ step }: Experiment): void {
    if (step === this.#step) return;
    this.#step = step;
    this.#from = this.trial.counts;
  }

  /** Notes how it stands, where the last note is old enough. @returns whether it did */
  note(nowMs: number): boolean {
    const last = this.#points.at(-1);
    // A clock that was set back must not end the notes, nor with them what is kept.
    if (last !== undefined && nowMs >= last[0] && nowMs - last[0] < POINT_MS) return false;
    const { worse, sampleRatio } = this.trial.evidence;
    const { canary, control } = this.trial.counts;
    this.#points.push([nowMs, worse, sampleRatio, canary.requests, control.requests]);
    if (this.#points.length > POINTS_MAX) this.#points.shift();
    return true;
  }

  seen(budgetLeft: boolean): Seen {
    const { canary, control } = this.trial.counts;
    return {
      verdict: this.trial.verdict,
      canary: since(this.#from.canary, canary),
      control: since(this.#from.control, control),
      budgetLeft,
    };
  }

  get ending(): ReturnType<typeof ending> {
    return ending(this.trial.verdict);
  }

  /** For operators: counts with bounds, evidence, and what holds the next step up. */
  status(experiment: Experiment, budgetLeft: boolean, nowMs: number): object {
    const { alpha } = experiment.definition;
    const { canary, control } = this.trial.counts;
    const { worse, sampleRatio, of } = this.trial.evidence;
    const seen = this.seen(budgetLeft);
    return {
      arms: { control: shown(control), canary: shown(canary) },
      onThisStep: { control: seen.control.requests, canary: seen.canary.requests },
      excess: Object.fromEntries(BAD_EVENTS.map((kind) => [kind, excess({ canary, control }, kind, SHOWN_ALPHA)])),
      evidence: { worse, of, sampleRatio, rollsBackAt: Math.log(1 / alpha) },
      history: this.#points.map(([timeMs, ...point]) => [new Date(timeMs).toISOString(), ...point]),
      obstacles: obstaclesOf(experiment, seen, nowMs),
    };
  }

  /** For dashboards: the same in short. */
  brief(experiment: Experiment, budgetLeft: boolean, nowMs: number): ExperimentBrief['seen'] {
    const { canary, control } = this.trial.counts;
    const enough = Math.log(1 / experiment.definition.alpha);
    return {
      arms: { control: compared(control), canary: compared(canary) },
      evidence: this.trial.evidence.worse / enough,
      history: this.#points.slice(-BRIEF_POINTS_MAX).map(([, worse]) => worse / enough),
      obstacles: obstaclesOf(experiment, this.seen(budgetLeft), nowMs),
    };
  }
}

export const progressOf = ({ phase, step, stepAtMs, last: { reason } }: Experiment): Progress => ({
  phase,
  step,
  stepAtMs,
  reason,
});

const obstaclesOf = (experiment: Experiment, seen: Seen, nowMs: number): string[] =>
  experiment.stepped ? obstacles(rolloutPlanOf(experiment.definition), progressOf(experiment), seen, nowMs) : [];

const since = (from: ArmCounts, to: ArmCounts): ArmCounts => ({
  requests: to.requests - from.requests,
  bad: {
    error: to.bad.error - from.bad.error,
    slow: to.bad.slow - from.bad.slow,
    very_slow: to.bad.very_slow - from.bad.very_slow,
    empty: to.bad.empty - from.bad.empty,
    degraded: to.bad.degraded - from.bad.degraded,
  },
});

const compared = ({ requests, bad }: ArmCounts): ComparedArm => ({
  requests,
  bad: BAD_EVENTS.map((kind) => {
    const rate = requests === 0 ? null : bad[kind] / requests;
    return { kind, rate, ...rateBounds(bad[kind], requests, SHOWN_ALPHA) };
  }),
});

const shown = (counts: ArmCounts): object => ({
  requests: counts.requests,
  bad: Object.fromEntries(
    compared(counts).bad.map(({ kind, ...rate }, at) => [kind, { count: counts.bad[BAD_EVENTS[at]!], ...rate }]),
  ),
});
