/**
 * How sure is a percentile? Stretches of each step are drawn again with replacement (a block bootstrap: B. Efron 1979,
 * H. Künsch 1989), since requests close in time wait for the same ones and are no independent draws.
 */
import { rankOf } from '../hlog/index.ts';
import { type LoadStep, loadStep } from '../load/load-step.ts';
import type { Random } from '../random.ts';

const drawn = <Value>(values: readonly Value[], random: Random): Value[] =>
  values.map(() => values[random.below(values.length)]!);

/** The step as it might have come out as well. */
export function resampled(step: LoadStep, random: Random): LoadStep {
  const slices = drawn(step.slices, random);
  const share = slices.reduce((sum, slice) => sum + slice.total, 0) / step.latencies.total;
  // No request at all in the drawn stretches: that says nothing, and the step stays as it is.
  if (!(share > 0)) return step;
  return loadStep({ ...step, slices, answered: step.answered * share, failed: step.failed * share });
}

/**
 * Draws one percentile of a step, milliseconds, over and over: its stretches are laid out once, bound by bound. Failures count
 * as later than every answer, in the share that the step had of them.
 */
export function percentileDraws(step: LoadStep, percentile: number): (random: Random) => number {
  const { bounds, total } = step.latencies;
  const dense = step.slices.map((slice) => Float64Array.from(bounds, (bound) => slice.countAt(bound)));
  const all = total === 0 ? 1 : Math.max(1, (step.answered + step.failed) / total);
  return (random) => {
    const slices = drawn(dense, random);
    const counted = slices.reduce((sum, slice) => sum + slice.reduce((events, count) => events + count, 0), 0);
    const rank = rankOf(percentile, counted * all);
    if (counted === 0 || rank > counted) return Number.POSITIVE_INFINITY;
    let seen = 0;
    for (let at = 0; at < bounds.length; at++) {
      for (const slice of slices) seen += slice[at]!;
      if (seen >= rank) return bounds[at]!;
    }
    return step.latencies.max;
  };
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The middle 95 % of what was drawn. */
export function middleOf(draws: readonly number[]): Interval {
  const sorted = Float64Array.from(draws).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return { low: at(0.025), high: at(0.975) };
}

/** Of one percentile of a step, milliseconds. */
export function percentileInterval(step: LoadStep, percentile: number, random: Random, draws: number): Interval {
  const draw = percentileDraws(step, percentile);
  return middleOf(Array.from({ length: draws }, () => draw(random)));
}
