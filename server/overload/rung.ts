/**
 * What does a query get while there is more to do than can be done? Brownout: parts that cost much and add little go first
 * (Klein et al., "Brownout: building more robust cloud applications", ICSE 2014).
 */
import type { Degradation, SearchRequest } from '../../engine/types.ts';
import type { Priority } from './priority.ts';

/** From everything to nothing. On each, all that the ones above it leave out is left out too. */
export const RUNGS = [
  'full',
  'rerank_fewer',
  'rerank_off',
  'candidates_fewer',
  'bm25_only',
  'cache_only',
  'refuse',
] as const;
export type Rung = (typeof RUNGS)[number];

export const rungNo = (rung: Rung): number => RUNGS.indexOf(rung);
/** The last on which workers are asked. */
export const LAST_WORKING = rungNo('bm25_only');

/** What decides how much work a query is. */
export type Effort = Pick<SearchRequest, 'mode' | 'rerank' | 'candidatesMax' | 'rerankDepthMax' | 'variants'>;

export interface EffortSettings {
  /** Passages a leg, and results reranked, on the rungs that have fewer of them. */
  readonly candidatesFewer: number;
  readonly rerankDepthFewer: number;
  /** As many as there are of them where nobody asks for fewer. */
  readonly candidates: number;
  readonly rerankDepth: number;
}

export interface Lowered {
  readonly effort: Effort;
  /** What the answer lacks by it. */
  readonly left: readonly Degradation[];
}

/** The rung of one class, while the process stands on another: the urgent are one better off, the patient one worse. */
export function rungFor(priority: Priority, standing: number): number {
  if (standing === 0 || standing > LAST_WORKING) return standing;
  return Math.min(LAST_WORKING, standing + { high: -1, normal: 0, low: 1 }[priority]);
}

/** @param rung at most {@link LAST_WORKING} */
export function lowered({ mode, rerank, ...depths }: Effort, rung: number, settings: EffortSettings): Lowered {
  const left: Degradation[] = [];
  let effort: Effort = { mode, rerank, ...depths };
  const { candidatesFewer, rerankDepthFewer } = settings;
  if (rerank && rung === rungNo('rerank_fewer') && rerankDepthFewer < (depths.rerankDepthMax ?? settings.rerankDepth)) {
    effort = { ...effort, rerankDepthMax: rerankDepthFewer };
    left.push('rerank_fewer');
  }
  if (rerank && rung >= rungNo('rerank_off')) {
    effort = { ...effort, rerank: false };
    left.push('rerank_shed');
  }
  if (rung >= rungNo('candidates_fewer') && candidatesFewer < (depths.candidatesMax ?? settings.candidates)) {
    effort = { ...effort, candidatesMax: candidatesFewer };
    left.push('candidates_fewer');
  }
  if (mode !== 'bm25' && rung >= rungNo('bm25_only')) {
    effort = { ...effort, mode: 'bm25' };
    left.push('dense_shed');
  }
  return { effort, left };
}

/** Efforts of one kind take about the same time. */
export const kindOf = ({ mode, rerank, candidatesMax, rerankDepthMax, variants }: Effort): string =>
  `${mode};${candidatesMax ?? ''};${rerank ? (rerankDepthMax ?? 'all') : 'none'}${variants.map((name) => `;${name}`).join('')}`;
