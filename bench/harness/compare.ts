/**
 * Is it slower than it was? Compares ratios, never absolutes: both sides of a ratio were measured in the same round on the
 * same machine, so a slower machine or a busy neighbour moves both.
 */
import { EngineError } from '../../engine/errors.ts';
import type { BenchResult, Ratio } from './result.ts';

/** What two runs of the same code may differ by, as a share; measurements that scatter more are given half their range. */
const NOISE_BAND = 0.1;

type Verdict = 'same' | 'better' | 'worse' | 'gone' | 'new';

interface ComparedRatio {
  readonly name: string;
  readonly verdict: Verdict;
  readonly baseline: number | null;
  readonly now: number | null;
  /** Share of change that counted as noise. */
  readonly band: number;
}

export interface Comparison {
  readonly regressed: boolean;
  readonly ratios: readonly ComparedRatio[];
}

/** @throws EngineError source_invalid where the two did not do the same work */
export function compare(baseline: BenchResult, now: BenchResult): Comparison {
  for (const [field, before, after] of [
    ['name', baseline.name, now.name],
    ['parameters', JSON.stringify(baseline.parameters), JSON.stringify(now.parameters)],
    ['workSha256', baseline.workSha256, now.workSha256],
  ] as const) {
    if (before !== after) throw otherWork(field, before, after);
  }
  const fresh = new Map(now.ratios.map((one) => [one.name, one]));
  const known = new Set(baseline.ratios.map(({ name }) => name));
  const ratios = [
    ...baseline.ratios.map((before) => judge(before, fresh.get(before.name) ?? null)),
    ...now.ratios
      .filter(({ name }) => !known.has(name))
      .map(({ name, median }): ComparedRatio => ({ name, verdict: 'new', baseline: null, now: median, band: 0 })),
  ];
  return { regressed: ratios.some(({ verdict }) => verdict === 'worse' || verdict === 'gone'), ratios };
}

function judge(before: Ratio, after: Ratio | null): ComparedRatio {
  if (after === null) return { name: before.name, verdict: 'gone', baseline: before.median, now: null, band: 0 };
  const band = Math.max(NOISE_BAND, scatter(before), scatter(after));
  const change = after.median / before.median - 1;
  const gain = before.better === 'higher' ? change : -change;
  const verdict = gain < -band ? 'worse' : gain > band ? 'better' : 'same';
  return { name: before.name, verdict, baseline: before.median, now: after.median, band };
}

/** Half the range of the rounds over their median. */
const scatter = ({ median, rounds }: Ratio): number =>
  (Math.max(...rounds) - Math.min(...rounds)) / 2 / Math.max(Math.abs(median), Number.MIN_VALUE);

const otherWork = (field: string, before: string, after: string): EngineError =>
  new EngineError('source_invalid', `Cannot compare benchmarks: ${field} was ${before}: ${after}`, {
    field,
    expected: before,
    value: after,
    remedy: 'Measure the baseline again with this corpus, these models and these parameters',
  });
