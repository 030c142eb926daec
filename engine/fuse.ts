/**
 * Two candidate lists into one ranking.
 *
 * `standardised`: each leg's scores are brought to mean 0 and deviation 1 over the union of both lists and added with
 * weights; every passage has its exact score in each leg that knows it. A passage that one leg cannot score at all (no
 * vector) is judged by the other leg alone. `rrf`: reciprocal rank fusion (Cormack, Clarke, Büttcher, SIGIR 2009).
 */
import type { DocId } from './types.ts';

/** A passage with what each leg said of it; ranks are 1-based, null where the leg's list did not hold it. */
export interface Scored {
  readonly id: DocId;
  readonly bm25: number | null;
  readonly dense: number | null;
  readonly bm25Rank: number | null;
  readonly denseRank: number | null;
}

export interface Fused extends Scored {
  readonly score: number;
  readonly bm25Z: number | null;
  readonly denseZ: number | null;
  /** Place in the first stage's ranking, 1-based; 0 until it is ranked. */
  rank: number;
}

export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** Mean and deviation of the values; equal values, which rounding would part from their mean, standardise to 0. */
export function spreadOf(values: readonly number[]): Spread {
  const [first = 0] = values;
  if (values.every((value) => value === first)) return { mean: first, deviation: 1 };
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, deviation: squares > 0 ? Math.sqrt(squares / values.length) : 1 };
}

export const standardise = (value: number, { mean, deviation }: Spread): number => (value - mean) / deviation;

/** One shape for all: written out field by field, since spreading hundreds of objects costs more than the rest of fusion. */
const fused = (one: Scored, score: number, bm25Z: number | null, denseZ: number | null): Fused => ({
  id: one.id,
  bm25: one.bm25,
  dense: one.dense,
  bm25Rank: one.bm25Rank,
  denseRank: one.denseRank,
  score,
  bm25Z,
  denseZ,
  rank: 0,
});

/** Weighted sum of standardised scores, in the order of the input. */
export function fuseStandardised(scored: readonly Scored[], denseWeight: number): Fused[] {
  const bm25Spread = spreadOf(scored.map(({ bm25 }) => bm25).filter((bm25) => bm25 !== null));
  const denseSpread = spreadOf(scored.map(({ dense }) => dense).filter((dense) => dense !== null));
  return scored.map((one) => {
    const bm25Z = one.bm25 === null ? null : standardise(one.bm25, bm25Spread);
    const denseZ = one.dense === null ? null : standardise(one.dense, denseSpread);
    return fused(one, denseWeight * (denseZ ?? bm25Z ?? 0) + (1 - denseWeight) * (bm25Z ?? denseZ ?? 0), bm25Z, denseZ);
  });
}

/** Sum of 1 / (k + rank) over the lists that hold the passage. */
export function fuseReciprocalRank(scored: readonly Scored[], k: number): Fused[] {
  const share = (rank: number | null): number => (rank === null ? 0 : 1 / (k + rank));
  return scored.map((one) => fused(one, share(one.bm25Rank) + share(one.denseRank), null, null));
}

/** One leg alone: its own scores. */
export const fuseNothing = (scored: readonly Scored[]): Fused[] =>
  scored.map((one) => fused(one, one.dense ?? one.bm25 ?? 0, null, null));

/** Best first; equal scores by lower id, so that the order never depends on how the lists were joined. */
export const byScore = (a: { score: number; id: DocId }, b: { score: number; id: DocId }): number =>
  b.score - a.score || a.id - b.id;
