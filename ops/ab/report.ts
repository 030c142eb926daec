/**
 * How do the arms of an experiment compare? With bounds instead of averages: each holds at all times with 95 % confidence, so that looking
 * often misleads nobody. Requests of one person are no independent draws: bounds of rates take them as such, the evidence of clicks does not.
 */
import { type Bounds, differenceBounds, quantileRanks, rateBounds } from '../canary/index.ts';
import { type ArmCounts, BAD_KINDS, type BadKind } from './arm-counts.ts';
import type { AbTally, Contest } from './tally.ts';

const QUANTILES = { p50Ms: 0.5, p95Ms: 0.95, p99Ms: 0.99 } as const;
type Quantile = keyof typeof QUANTILES;

export interface Rate extends Bounds {
  readonly count: number;
  readonly of: number;
  /** Null where there was nothing. */
  readonly rate: number | null;
}

/** Milliseconds; null where too little was seen to say so much. */
export interface QuantileMs {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface ArmReport {
  readonly arm: string;
  readonly requests: number;
  /** Of those, given by chance, asked for what differs, and not answered from memory: what follows is about them. */
  readonly comparable: number;
  readonly rates: Readonly<Record<BadKind, Rate>>;
  readonly latency: Readonly<Record<Quantile, QuantileMs>>;
  /** Of answers whose time for clicks is over, from memory or not. */
  readonly clicks: { readonly clickedRate: Rate; readonly perImpression: number | null };
  /** What it has more of than the control; null for the control itself. */
  readonly difference: {
    readonly rates: Readonly<Record<BadKind, Bounds>>;
    readonly clickedRate: Bounds;
    readonly latency: Readonly<Record<Quantile, { readonly low: number | null; readonly high: number | null }>>;
  } | null;
  /** Of this arm against the control, in words. */
  readonly verdict: string | null;
}

export interface ContestReport {
  /** Teams: A is the control's. */
  readonly A: string;
  readonly B: string;
  /** Answers that both arms shared. */
  readonly shown: number;
  /** Of those whose time for clicks is over: won by either arm, or clicked alike. */
  readonly wins: Readonly<Record<'A' | 'B', number>>;
  readonly ties: number;
  /** Of the ones on which clicks are waited for still: as they stand. */
  readonly pending: Readonly<Record<'A' | 'B' | 'tie' | 'none', number>>;
  /** Share of B in what was won. */
  readonly share: Bounds & { readonly value: number | null };
  /** Natural logarithm of the evidence against equal arms. */
  readonly evidence: number;
  readonly pValue: number;
  readonly verdict: string;
}

export interface ExperimentReport {
  readonly experiment: string;
  /** Its beginning: nothing of one before is counted. */
  readonly run: string;
  readonly since: string;
  readonly arms: readonly ArmReport[];
  readonly interleaving: readonly ContestReport[];
}

export interface ReportOptions {
  readonly fromMs: number;
  /** Which arm the others are held against. */
  readonly control: string;
  readonly alpha: number;
}

export const experimentReports = (tally: AbTally, options: ReportOptions): ExperimentReport[] =>
  tally.experiments.map(({ name, run, sinceMs }) => ({
    ...experimentReport(tally, name, options),
    run,
    since: new Date(sinceMs).toISOString(),
  }));

type Compared = Omit<ExperimentReport, 'run' | 'since'>;

function experimentReport(tally: AbTally, experiment: string, options: ReportOptions): Compared {
  const arms = tally.armsSince(experiment, options.fromMs);
  const control = arms.get(options.control) ?? null;
  return {
    experiment,
    arms: [...arms].map(([arm, counts]) =>
      armReport(arm, counts, arm === options.control ? null : control, options.alpha),
    ),
    interleaving: tally.contests(experiment).map((contest) => contestReport(tally, experiment, contest)),
  };
}

function armReport(arm: string, counts: ArmCounts, control: ArmCounts | null, alpha: number): ArmReport {
  const difference = control === null ? null : differenceOf(counts, control, alpha);
  return {
    arm,
    requests: counts.requests,
    comparable: counts.comparable,
    rates: each(BAD_KINDS, (kind) => rateOf(counts.bad[kind], ofKind(kind, counts), alpha)),
    latency: each(NAMES, (name) => quantileOf(counts, QUANTILES[name], alpha)),
    clicks: {
      clickedRate: rateOf(counts.clicked, counts.impressions, alpha),
      perImpression: counts.impressions === 0 ? null : counts.clicks / counts.impressions,
    },
    difference,
    verdict: difference === null ? null : verdictOf(difference),
  };
}

const NAMES = Object.keys(QUANTILES) as Quantile[];

/** Who got no answer got no empty or poor one. */
const ofKind = (kind: BadKind, counts: ArmCounts): number =>
  kind === 'empty' || kind === 'degraded' ? counts.answered : counts.comparable;

const rateOf = (count: number, of: number, alpha: number): Rate => ({
  count,
  of,
  rate: of === 0 ? null : count / of,
  ...rateBounds(count, of, alpha),
});

function quantileOf(counts: ArmCounts, quantile: number, alpha: number): QuantileMs {
  const all = counts.answered;
  if (all === 0) return { value: null, low: null, high: null };
  const { low, high } = quantileRanks(quantile, all, alpha);
  return {
    value: counts.latencyMsAt(Math.max(1, Math.ceil(quantile * all))),
    low: low === 0 ? null : counts.latencyMsAt(low),
    high: high > all ? null : counts.latencyMsAt(high),
  };
}

type Difference = NonNullable<ArmReport['difference']>;

function differenceOf(counts: ArmCounts, control: ArmCounts, alpha: number): Difference {
  return {
    rates: each(BAD_KINDS, (kind) =>
      differenceBounds(
        { bad: counts.bad[kind], all: ofKind(kind, counts) },
        { bad: control.bad[kind], all: ofKind(kind, control) },
        alpha,
      ),
    ),
    clickedRate: differenceBounds(
      { bad: counts.clicked, all: counts.impressions },
      { bad: control.clicked, all: control.impressions },
      alpha,
    ),
    latency: each(NAMES, (name) => {
      const [mine, its] = [counts, control].map((one) => quantileOf(one, QUANTILES[name], alpha / 2)) as [
        QuantileMs,
        QuantileMs,
      ];
      return { low: minus(mine.low, its.high), high: minus(mine.high, its.low) };
    }),
  };
}

const minus = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : one - other;

function verdictOf({ rates, latency, clickedRate }: Difference): string {
  const more = [
    ...BAD_KINDS.filter((kind) => rates[kind].low > 0).map((kind) => `more ${WORDS[kind]}`),
    ...NAMES.filter((name) => (latency[name].low ?? 0) > 0).map((name) => `later at the ${name.slice(0, -2)}`),
    ...(clickedRate.high < 0 ? ['clicked less often'] : []),
  ];
  const less = [
    ...BAD_KINDS.filter((kind) => rates[kind].high < 0).map((kind) => `fewer ${WORDS[kind]}`),
    ...NAMES.filter((name) => (latency[name].high ?? 0) < 0).map((name) => `sooner at the ${name.slice(0, -2)}`),
    ...(clickedRate.low > 0 ? ['clicked more often'] : []),
  ];
  if (more.length + less.length === 0) return 'No difference is shown';
  const parts = [
    ...(more.length > 0 ? [`worse: ${more.join(', ')}`] : []),
    ...(less.length > 0 ? [`better: ${less.join(', ')}`] : []),
  ];
  const text = parts.join('; ');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

const WORDS: Readonly<Record<BadKind, string>> = {
  error: 'errors',
  slow: 'slow answers',
  very_slow: 'very slow answers',
  empty: 'empty answers',
  degraded: 'degraded answers',
};

function contestReport(tally: AbTally, experiment: string, { A, B, shown, preference }: Contest): ContestReport {
  const { wins, ties, share, bounds, evidence, pValue, better } = preference.status;
  return {
    A,
    B,
    shown,
    wins,
    ties,
    pending: tally.pending(experiment, { A, B }),
    share: { value: share, ...bounds },
    evidence,
    pValue,
    verdict: better === null ? 'No preference is shown' : `Clicks prefer ${better === 'A' ? A : B}`,
  };
}

const each = <Name extends string, Value>(names: readonly Name[], of: (name: Name) => Value): Record<Name, Value> =>
  Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, Value>;
