/** A sweep: steps of rising rate until the server cannot follow, then closer to where it stopped following. */
import { loadavg } from 'node:os';
import { z } from 'zod';
import { EngineError } from '../../../engine/errors.ts';
import { Buckets, decodePayload } from '../hlog/index.ts';
import { ARRIVALS } from './arrivals.ts';
import { type ServerFacts, serverFactsSchema } from './device.ts';
import type { Generator } from './generator.ts';
import { type SweepStep, stepSchema } from './record.ts';
import type { StepPlan } from './run-step.ts';

const positive = z.number().positive();

export const sweepSchema = z.object({
  server: serverFactsSchema,
  /** Milliseconds since the epoch. */
  startMs: z.number().nonnegative(),
  /** Runnable tasks of the machine before the sweep, averages over 1, 5 and 15 minutes. */
  loadBefore: z.array(z.number()),
  thresholdMs: positive,
  arrivals: z.enum(ARRIVALS),
  /** Of each step; slow ones take longer. */
  seconds: positive,
  deadlineMs: positive,
  queries: z.number().int().positive(),
  fresh: z.number().min(0).max(1),
  parameters: z.string(),
  seed: z.number().int(),
  steps: z.array(stepSchema),
});
export type Sweep = z.infer<typeof sweepSchema>;

export interface SweepPlan extends Omit<StepPlan, 'perSecond' | 'seed' | 'slices'> {
  /** Null: rising until the threshold or the first failures, then between the last two. */
  readonly rates: readonly number[] | null;
  /** Where `rates` is null: the first rate, and the highest that is tried. */
  readonly rateMin: number;
  readonly rateMax: number;
  readonly thresholdMs: number;
  readonly seed: number;
  /** Requests of all steps together; a step that would go beyond is not begun. */
  readonly requestsMax: number;
  /** Likewise for the time of all steps, as they are planned. */
  readonly secondsMax: number;
}

export interface SweepProgress {
  readonly step: SweepStep;
  readonly p95Ms: number;
}

/** Each step is that much faster than the one before. */
const GROWTH = 1.6;
/** Steps between the last rate that was fast enough and the first that was not. */
const REFINEMENTS = 3;
/** A step with a larger share of requests that failed or were given up is beyond what the server can do. */
const FAILED_SHARE_MAX = 0.01;
/** Slow steps last longer, up to this many times, until a 95th percentile has a few requests beyond it. */
const REQUESTS_MIN = 100;
const LONGER_MAX = 4;
/** Asked before anything counts: code is compiled, models are touched for the first time. */
const WARM_UP_S = 3;
/** Parts of a step whose spread gives the intervals of what is said. */
export const SLICES = 10;
const NS_PER_MS = 1e6;

export const p95MsOf = ({ slices }: SweepStep): number =>
  Buckets.merged(
    slices.flatMap(({ histograms: { total } }) => (total === undefined ? [] : [decodePayload(total)])),
  ).atPercentile(95) / NS_PER_MS;

export const failedOf = ({ failed }: SweepStep): number => Object.values(failed).reduce((sum, one) => sum + one, 0);

/** Whether the server followed: fast enough, and hardly anything lost. */
const followed = (step: SweepStep, thresholdMs: number): boolean =>
  !step.cut && failedOf(step) + step.unanswered <= FAILED_SHARE_MAX * step.sent && p95MsOf(step) <= thresholdMs;

/** @throws EngineError source_unreadable where not one request was answered */
export async function runSweep(
  plan: SweepPlan,
  server: ServerFacts,
  generator: Generator,
  progress: (state: SweepProgress) => void,
): Promise<Sweep> {
  const { target: _, queries, rates, rateMin, rateMax, requestsMax, secondsMax, ...kept } = plan;
  const startMs = Date.now();
  const loadBefore = loadavg().map((load) => Math.round(load * 100) / 100);
  const steps: SweepStep[] = [];
  let requestsLeft = requestsMax;
  let secondsLeft = secondsMax;
  const run = async (perSecond: number): Promise<boolean | null> => {
    const next = stepPlan(plan, perSecond, steps.length);
    if (perSecond * next.seconds > requestsLeft || next.seconds > secondsLeft) return null;
    const step = await generator.run(next);
    requestsLeft -= step.sent;
    secondsLeft -= step.seconds;
    if (step.sent > 0) steps.push(step);
    progress({ step, p95Ms: p95MsOf(step) });
    return followed(step, plan.thresholdMs);
  };
  const first = stepPlan(plan, rates?.[0] ?? rateMin, steps.length);
  requireAnswers(await generator.run({ ...first, seconds: WARM_UP_S, seed: ~first.seed, arrivals: 'uniform' }));
  if (rates === null) await climb(run, rateMin, rateMax);
  else for (const rate of rates) if ((await run(rate)) === null) break;
  steps.sort((a, b) => a.perSecond - b.perSecond);
  return { ...kept, server, startMs, loadBefore, queries: queries.length, steps };
}

/** @param number of the step, so that each has its own arrivals */
export const stepPlan = (plan: SweepPlan, perSecond: number, number: number): StepPlan => ({
  target: plan.target,
  queries: plan.queries,
  fresh: plan.fresh,
  parameters: plan.parameters,
  arrivals: plan.arrivals,
  deadlineMs: plan.deadlineMs,
  seconds: Math.max(plan.seconds, Math.min(plan.seconds * LONGER_MAX, REQUESTS_MIN / perSecond)),
  perSecond,
  slices: SLICES,
  seed: plan.seed + number * 7919,
});

/** @param run whether the server followed at a rate; null where no time or requests are left */
async function climb(run: (rate: number) => Promise<boolean | null>, rateMin: number, rateMax: number): Promise<void> {
  let below: number | null = null;
  let above: number | null = null;
  for (let rate = rateMin; above === null; rate *= GROWTH) {
    const fastEnough = await run(rounded(Math.min(rate, rateMax)));
    if (fastEnough === null) return;
    if (!fastEnough) above = Math.min(rate, rateMax);
    else if (rate >= rateMax) return;
    else below = rate;
  }
  // The first rate was too much already: go down instead.
  for (let rate = above / GROWTH; below === null && rate > rateMin / 64; rate /= GROWTH) {
    const fastEnough = await run(rounded(rate));
    if (fastEnough === null) return;
    if (fastEnough) below = rate;
    else above = rate;
  }
  for (let n = 0; below !== null && n < REFINEMENTS; n++) {
    const middle = Math.sqrt(below * above);
    const fastEnough = await run(rounded(middle));
    if (fastEnough === null) return;
    if (fastEnough) below = middle;
    else above = middle;
  }
}

const rounded = (rate: number): number => Number(rate.toPrecision(3));

function requireAnswers(step: SweepStep): void {
  if (step.answered > 0) return;
  const [status] = Object.keys(step.failed);
  throw new EngineError(
    'source_unreadable',
    `Not one of ${step.sent} requests was answered: ${status ?? `none within the deadline`}`,
    {
      field: 'url',
      remedy:
        status === 'lost' || status === undefined
          ? 'Start the server, or name where it listens: wp-chat capacity --url http://127.0.0.1:8080'
          : `Look why searches end with ${status}: wp-chat search "restore a backup"`,
    },
  );
}
