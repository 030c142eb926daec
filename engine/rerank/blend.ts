/**
 * Blends the cross-encoder's scores with the first stage's, both standardised over the list that was re-ranked.
 *
 * What lies below the list keeps its order, and its scores go on downwards from the lowest blended one.
 */
import { byScore, spreadOf, standardise } from '../fuse.ts';
import type { DocId } from '../types.ts';

export interface Ranked {
  readonly id: DocId;
  readonly score: number;
}

export interface Reranked<T extends Ranked> {
  readonly item: T;
  /** Final score, by which the list is ordered. */
  readonly score: number;
  /** The cross-encoder's logit, null below the list. */
  readonly rerank: number | null;
  readonly firstStageZ: number | null;
  readonly rerankZ: number | null;
}

/**
 * @param ranked best first by `score`
 * @param logits of the first ranked items; shorter than `ranked`, or as long
 * @param weight of the cross-encoder, 0 … 1
 */
export function blend<T extends Ranked>(
  ranked: readonly T[],
  logits: readonly number[],
  weight: number,
): Reranked<T>[] {
  const head = ranked.slice(0, logits.length);
  const firstSpread = spreadOf(head.map(({ score }) => score));
  const logitSpread = spreadOf(logits);
  const blended = head.map((item, n) => {
    const firstStageZ = standardise(item.score, firstSpread);
    const rerankZ = standardise(logits[n]!, logitSpread);
    const score = weight * rerankZ + (1 - weight) * firstStageZ;
    return { item, id: item.id, score, rerank: logits[n]!, firstStageZ, rerankZ };
  });
  blended.sort(byScore);
  const lowest = blended.at(-1)?.score ?? 0;
  const last = head.at(-1)?.score ?? 0;
  const tail = ranked.slice(logits.length).map((item) => ({
    item,
    // In this order a score that equals the last one's gives the lowest exactly, and rounding lifts none above it.
    score: logits.length === 0 ? item.score : lowest - (last - item.score),
    rerank: null,
    firstStageZ: null,
    rerankZ: null,
  }));
  return [...blended.map(({ id: _, ...rest }) => rest), ...tail];
}
