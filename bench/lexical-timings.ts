/** Samples → mean and nearest-rank percentiles, over each query's best round and over everything. */

/** Microseconds. */
interface Summary {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface Timings {
  /** Over queries, each at its best round. */
  readonly min_us: Summary;
  /** Over every sample. */
  readonly all_us: Summary;
  readonly round_mean_us: readonly number[];
  readonly per_query_min_us: readonly number[];
}

/** `samplesNs` holds for each query its nanoseconds, one a round. */
export function timings(samplesNs: readonly (readonly number[])[]): Timings {
  const best = samplesNs.map((rounds) => Math.min(...rounds));
  const roundSums = samplesNs[0]!.map((_, round) => samplesNs.reduce((sum, rounds) => sum + rounds[round]!, 0));
  return {
    min_us: summarise(best),
    all_us: summarise(samplesNs.flat()),
    round_mean_us: roundSums.map((sum) => microseconds(sum / samplesNs.length)),
    per_query_min_us: best.map(microseconds),
  };
}

function summarise(samplesNs: readonly number[]): Summary {
  const sorted = Float64Array.from(samplesNs).sort();
  const rank = (share: number): number => microseconds(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!);
  const mean = microseconds(sorted.reduce((sum, ns) => sum + ns, 0) / sorted.length);
  return { mean, p50: rank(0.5), p90: rank(0.9), p99: rank(0.99), max: rank(1) };
}

/** To the nanosecond. */
function microseconds(ns: number): number {
  return Math.round(ns) / 1000;
}
