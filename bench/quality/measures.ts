/** Measures of a ranking against graded judgements, and how sure they are. */

export type Judgements = ReadonlyMap<string, number>;

export interface Measures {
  readonly ndcg10: number;
  readonly recall100: number;
  readonly mrr10: number;
}

export interface Estimate {
  readonly mean: number;
  /** 95 % interval over queries. */
  readonly low: number;
  readonly high: number;
}

const discounted = (grades: readonly number[]): number =>
  grades.reduce((sum, grade, at) => sum + grade / Math.log2(at + 2), 0);

/** nDCG@10 with linear gain (Järvelin & Kekäläinen, TOIS 2002, as trec_eval computes it), recall@100, reciprocal rank within 10. */
export function measure(ranking: readonly string[], judged: Judgements): Measures {
  const relevant = [...judged.values()].filter((grade) => grade > 0).sort((a, b) => b - a);
  const grades = ranking.map((id) => Math.max(0, judged.get(id) ?? 0));
  const first = grades.slice(0, 10).findIndex((grade) => grade > 0);
  return {
    ndcg10: discounted(grades.slice(0, 10)) / discounted(relevant.slice(0, 10)),
    recall100: grades.slice(0, 100).filter((grade) => grade > 0).length / relevant.length,
    mrr10: first < 0 ? 0 : 1 / (first + 1),
  };
}

const RESAMPLES = 2000;

/** Mean with a percentile-bootstrap interval (Efron 1979); the seed is fixed, so the same values give the same interval. */
export function estimate(values: readonly number[]): Estimate {
  const mean = (sample: readonly number[]): number => sample.reduce((sum, value) => sum + value, 0) / sample.length;
  const random = xorshift(0x9e3779b9);
  const means = Float64Array.from({ length: RESAMPLES }, () =>
    mean(values.map(() => values[Math.floor(random() * values.length)]!)),
  ).sort();
  return {
    mean: mean(values),
    low: means[Math.floor(RESAMPLES * 0.025)]!,
    high: means[Math.ceil(RESAMPLES * 0.975) - 1]!,
  };
}

/** Marsaglia's xorshift32 (J. Stat. Software 8, 2003): 0 … 1. */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
