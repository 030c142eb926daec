/**
 * How often is a canary rolled back that is no worse, and how soon one that is? Requests in thousands of runs of the trial that a server keeps,
 * looked at after each; those that go well are skipped, since nothing is learned from them.
 */
import { type BadEvent, Trial } from '../../ops/canary/index.ts';
import { randomOf } from '../../ops/capacity/random.ts';
import { median } from '../harness/index.ts';

/** How often each goes wrong where nothing is the matter. */
const BASE: Readonly<Record<BadEvent, number>> = {
  error: 0.005,
  slow: 0.01,
  very_slow: 0.002,
  empty: 0.01,
  degraded: 0.005,
};
const KINDS = Object.keys(BASE) as BadEvent[];
/** By how much more or less goes wrong by day and by night. */
const DRIFT = 0.9;
const DAY_REQUESTS = 20_000;

export interface Trying {
  readonly name: string;
  /** Shares of the canary, 0 … 1, each for as many requests. */
  readonly shares: readonly number[];
  /** How many times as often each goes wrong in the canary; once where it is not named. */
  readonly times: Partial<Record<BadEvent, number>>;
}

export interface Judged {
  readonly name: string;
  readonly runs: number;
  readonly requestsMax: number;
  readonly rolledBack: number;
  /** Of the share that was rolled back, with 95 %. */
  readonly low: number;
  readonly high: number;
  /** Requests of both arms until then in the median of all runs; null where fewer than half were. */
  readonly medianRequests: number | null;
}

export interface JudgementPlan {
  readonly runs: number;
  readonly requestsMax: number;
  readonly seed: number;
}

export function judge({ name, shares, times }: Trying, { runs, requestsMax, seed }: JudgementPlan): Judged {
  const random = randomOf(seed).next;
  const needed = Array.from({ length: runs }, () => run(shares, times, requestsMax, random));
  const rolledBack = needed.filter(Number.isFinite).length;
  const middle = median(needed);
  return {
    ...{ name, runs, requestsMax, rolledBack },
    ...wilson(rolledBack, runs),
    medianRequests: Number.isFinite(middle) ? middle : null,
  };
}

/** @returns requests until it was rolled back; Infinity where it was not */
function run(shares: readonly number[], times: Trying['times'], requestsMax: number, random: () => number): number {
  const trial = new Trial({ alpha: 0.01, consecutiveFailuresMax: 5 });
  const ratesOf = (canary: boolean): number[] => KINDS.map((kind) => BASE[kind] * (canary ? (times[kind] ?? 1) : 1));
  const rates = [ratesOf(false), ratesOf(true)] as const;
  const worst = (1 + DRIFT) * Math.max(...rates.map((of) => of.reduce((sum, rate) => sum + rate, 0)));
  for (let request = 0; ; ) {
    const gap = 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - worst));
    request += gap;
    if (request > requestsMax) return Number.POSITIVE_INFINITY;
    const share = shares[Math.floor(((request - 1) * shares.length) / requestsMax)]!;
    const drift = 1 + DRIFT * Math.sin((2 * Math.PI * request) / DAY_REQUESTS);
    // Whether the canary was asked, and did well, since the last time.
    if (random() < 1 - (1 - share) ** (gap - 1)) trial.tally(false);
    const canary = random() < share;
    const kind = drawn(rates[canary ? 1 : 0], (random() * worst) / drift);
    if (kind === null) {
      if (canary) trial.tally(false);
      continue;
    }
    trial.add({ canary, identity: '', share, bad: [kind], nowMs: request });
    if (canary && trial.verdict.kind !== 'none') return request;
  }
}

/** Null for what goes well after all. */
function drawn(rates: readonly number[], at: number): BadEvent | null {
  let left = at;
  for (const [index, rate] of rates.entries()) {
    if (left < rate) return KINDS[index]!;
    left -= rate;
  }
  return null;
}

/** Bounds of a share (E. B. Wilson, JASA 22, 1927). */
function wilson(count: number, of: number): { readonly low: number; readonly high: number } {
  const z = 1.96;
  const share = count / of;
  const middle = share + z ** 2 / (2 * of);
  const half = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  const scale = 1 + z ** 2 / of;
  return { low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) };
}
