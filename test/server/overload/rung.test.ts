import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Effort, kindOf, LAST_WORKING, lowered, RUNGS, rungFor, rungNo } from '../../../server/overload/rung.ts';

const settings = { candidatesFewer: 50, rerankDepthFewer: 8, candidates: 200, rerankDepth: 20 };
const whole: Effort = { mode: 'hybrid', rerank: true, candidatesMax: null, rerankDepthMax: null, variants: [] };

const effort: fc.Arbitrary<Effort> = fc.record({
  mode: fc.constantFrom('hybrid' as const, 'dense' as const, 'bm25' as const),
  rerank: fc.boolean(),
  candidatesMax: fc.option(fc.integer({ min: 1, max: 300 })),
  rerankDepthMax: fc.option(fc.integer({ min: 1, max: 50 })),
  variants: fc.constant([]),
});

describe('rungs', () => {
  it('take away one thing after the other, and say so', () => {
    expect(RUNGS.slice(0, LAST_WORKING + 1).map((_, rung) => lowered(whole, rung, settings))).toEqual([
      { effort: whole, left: [] },
      { effort: { ...whole, rerankDepthMax: 8 }, left: ['rerank_fewer'] },
      { effort: { ...whole, rerank: false }, left: ['rerank_shed'] },
      { effort: { ...whole, rerank: false, candidatesMax: 50 }, left: ['rerank_shed', 'candidates_fewer'] },
      {
        effort: { mode: 'bm25', rerank: false, candidatesMax: 50, rerankDepthMax: null, variants: [] },
        left: ['rerank_shed', 'candidates_fewer', 'dense_shed'],
      },
    ]);
  });

  it('never give more than was asked for, and say of everything taken that it was', () => {
    fc.assert(
      fc.property(effort, fc.integer({ min: 0, max: LAST_WORKING }), (asked, rung) => {
        const { effort: given, left } = lowered(asked, rung, settings);
        const least = (value: number | null): number => value ?? Number.POSITIVE_INFINITY;
        expect(least(given.candidatesMax)).toBeLessThanOrEqual(least(asked.candidatesMax));
        expect(least(given.rerankDepthMax)).toBeLessThanOrEqual(least(asked.rerankDepthMax));
        expect(!given.rerank || asked.rerank).toBe(true);
        const depth = (value: number | null): number => value ?? settings.rerankDepth;
        const taken = given.rerank && depth(given.rerankDepthMax) < depth(asked.rerankDepthMax);
        expect(left.includes('rerank_fewer')).toBe(taken);
        const candidates = (value: number | null): number => value ?? settings.candidates;
        expect(left.includes('candidates_fewer')).toBe(
          candidates(given.candidatesMax) < candidates(asked.candidatesMax),
        );
        expect(left.includes('rerank_shed')).toBe(asked.rerank && !given.rerank);
        expect(left.includes('dense_shed')).toBe(asked.mode !== given.mode);
        if (left.length === 0) expect(kindOf(given)).toBe(kindOf(asked));
      }),
    );
  });

  it('the urgent stand one better, the patient one worse, between the first and the last that work', () => {
    const at = (rung: number) => (['high', 'normal', 'low'] as const).map((priority) => rungFor(priority, rung));
    expect(at(0)).toEqual([0, 0, 0]);
    expect(at(1)).toEqual([0, 1, 2]);
    expect(at(LAST_WORKING)).toEqual([LAST_WORKING - 1, LAST_WORKING, LAST_WORKING]);
    expect(at(rungNo('cache_only'))).toEqual(Array(3).fill(rungNo('cache_only')));
  });
});
