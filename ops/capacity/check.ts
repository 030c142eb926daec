/** Is the answer true? Runs the predicted rate, with arrivals of its own, and tells what came of it. */
import { loadsOfSweep } from './load/index.ts';
import { percentileInterval } from './model/resample.ts';
import { randomOf } from './random.ts';
import type { Sweep, SweepStep } from './sweep/index.ts';

export interface CapacityCheck {
  /** Requests a second: the predicted limit. */
  readonly perSecond: number;
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  readonly p95Ms: number;
  /** 95 % interval, milliseconds. */
  readonly low: number;
  readonly high: number;
}

const PERCENTILE = 95;
const DRAWS = 400;

export function checkOf(step: SweepStep, sweep: Sweep): CapacityCheck {
  const [load] = loadsOfSweep({ ...sweep, steps: [step] });
  const { latencies, seconds, answered, failed } = load!;
  return {
    perSecond: step.perSecond,
    seconds,
    requests: answered + failed,
    failed,
    p95Ms: latencies.atPercentile(PERCENTILE),
    ...percentileInterval(load!, PERCENTILE, randomOf(sweep.seed), DRAWS),
  };
}
