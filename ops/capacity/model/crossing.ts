/** Between which measured loads does a percentile of latency pass a threshold? */
import { rankOf } from '../hlog/index.ts';
import type { LoadStep } from '../load/load-step.ts';

export interface CurvePoint {
  /** Requests a second. */
  readonly perSecond: number;
  readonly ms: number;
  /** How much the point counts: its requests. */
  readonly weight: number;
}

/**
 * A percentile of all that came: requests that failed count as later than any that were answered, so that a server which
 * refuses is not taken for a quick one. Infinite where they are that many.
 */
export function percentileMs({ latencies, answered, failed }: LoadStep, percentile: number): number {
  // Given up ones are among the latencies already.
  const absent = Math.max(0, answered + failed - latencies.total);
  const rank = rankOf(percentile, latencies.total + absent);
  return rank > latencies.total ? Number.POSITIVE_INFINITY : latencies.atPercentile((rank / latencies.total) * 100);
}

/** The closest curve that never falls (pool adjacent violators): more load is never faster, whatever chance says. */
export function rising(points: readonly CurvePoint[]): CurvePoint[] {
  const pools: { ms: number; weight: number; members: CurvePoint[] }[] = [];
  for (const point of points) {
    let pool = { ms: point.ms, weight: point.weight, members: [point] };
    for (let last = pools.at(-1); last !== undefined && last.ms > pool.ms; last = pools.at(-1)) {
      pools.pop();
      const weight = last.weight + pool.weight;
      const ms = Number.isFinite(last.ms) ? (last.ms * last.weight + pool.ms * pool.weight) / weight : last.ms;
      pool = { ms, weight, members: [...last.members, ...pool.members] };
    }
    pools.push(pool);
  }
  return pools.flatMap(({ ms, members }) => members.map((point) => ({ ...point, ms })));
}

export interface Crossing {
  readonly kind: 'between' | 'above_all' | 'below_all';
  /** Requests a second; null where no measured load is on the other side. */
  readonly perSecond: number | null;
}

/** An infinite latency is drawn at this many thresholds, so that a line leads there. */
const BEYOND = 8;

/** Linear in the logarithm of latency between the two loads around the threshold. @param points ascending by rate */
export function crossingOf(points: readonly CurvePoint[], thresholdMs: number): Crossing {
  const curve = rising(points);
  const over = curve.findIndex(({ ms }) => ms > thresholdMs);
  if (over < 0) return { kind: 'below_all', perSecond: null };
  if (over === 0) return { kind: 'above_all', perSecond: null };
  const [below, above] = [curve[over - 1]!, curve[over]!];
  const log = (ms: number): number => Math.log(Math.min(ms, thresholdMs * BEYOND));
  const share = (Math.log(thresholdMs) - log(below.ms)) / (log(above.ms) - log(below.ms));
  return { kind: 'between', perSecond: below.perSecond + share * (above.perSecond - below.perSecond) };
}
