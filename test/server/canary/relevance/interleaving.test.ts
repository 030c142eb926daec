/** One answer of two arms: whose hits, with which ranks, on which page, and what becomes of it when one has none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hit, SearchOutcome, SearchRequest, SearchResult } from '../../../../engine/types.ts';
import { askBoth, questionOf } from '../../../../server/canary/relevance/interleaving.ts';
import { requestFor, resultFor } from '../../cache/sample-result.ts';

const hit = (id: string, at: number, score: number): Hit => ({
  ...resultFor('').hits[0]!,
  id,
  postId: id.split('#')[0]!,
  rank: at + 1,
  score,
});

let us = 0;
const CLOCK = { nowUs: () => us++ };

const FAILED: SearchOutcome = { kind: 'failed', code: 'model_failed', detail: 'x' };

/** Each arm's whole ranking, by its variant; what is asked is cut as the engine cuts it. */
const engine =
  (rankings: Record<string, readonly string[] | SearchOutcome>, more: Record<string, Partial<SearchResult>> = {}) =>
  (request: SearchRequest): Promise<SearchOutcome> => {
    const arm = request.variants[0]!;
    const ranking = rankings[arm]!;
    if (!Array.isArray(ranking)) return Promise.resolve(ranking as SearchOutcome);
    const score = arm === 'a' ? 1 : 100;
    const hits = (ranking as readonly string[])
      .map((id, at) => hit(id, at, score - at))
      .slice(request.offset, request.offset + request.topk);
    const { offset } = request;
    const result = resultFor('q', { hits, total: ranking.length, offset, variants: [arm], ...more[arm] });
    return Promise.resolve({ kind: 'ok', result });
  };

const sides = (seed: string) => ({
  experiment: 'e',
  A: { arm: 'control', variants: ['a'] },
  B: { arm: 'canary', variants: ['b'] },
  seed,
});

const resultOf = (outcome: SearchOutcome): SearchResult => {
  if (outcome.kind !== 'ok') throw new Error(outcome.kind);
  return outcome.result;
};

const ids: fc.Arbitrary<string[]> = fc.uniqueArray(
  fc.constantFrom('1#0', '1#1', '2#0', '3#0', '4#0', '5#0', '6#0', '7#2'),
  { minLength: 1 },
);
/** As the engine gives them: one passage a post. */
const posts = ids.map((list) => list.filter((id, at) => list.findIndex((one) => one[0] === id[0]) === at));

describe('an answer that two arms share', () => {
  it('has each post once, in pages that follow each other, with ranks of its own and scores of the arms', async () => {
    await fc.assert(
      fc.asyncProperty(posts, posts, fc.string(), fc.integer({ min: 1, max: 4 }), async (a, b, seed, topk) => {
        const ask = engine({ a, b });
        const pages: Hit[] = [];
        let teams = '';
        for (let offset = 0; offset < 12; offset += topk) {
          const { outcome, interleaved } = await askBoth(requestFor('q', { topk, offset }), sides(seed), ask, CLOCK);
          const { hits, offset: told, total, interleaved: says } = resultOf(outcome);
          expect([told, total, says]).toEqual([offset, Math.max(a.length, b.length), true]);
          expect(interleaved!.teams.length).toBe(hits.length);
          teams += interleaved!.teams;
          pages.push(...hits);
        }
        expect(pages.map(({ rank }) => rank)).toEqual(pages.map((_, at) => at + 1));
        expect(pages.map(({ postId }) => postId).sort()).toEqual([...new Set([...a, ...b].map((id) => id[0]!))].sort());
        for (const [at, { id, score }] of pages.entries()) {
          const team = teams[at]!;
          if (team === 'A' || team === '=') expect([a.includes(id), score <= 1]).toEqual([true, true]);
          if (team === 'B') expect([b.includes(id), score > 1]).toEqual([true, true]);
        }
      }),
    );
  });

  it('has passages for themselves where they were asked for', async () => {
    const ask = engine({ a: ['1#0', '1#1'], b: ['1#1', '1#0'] });
    const { outcome } = await askBoth(requestFor('q', { collapse: 'passage' }), sides('s'), ask, CLOCK);
    expect(
      resultOf(outcome)
        .hits.map(({ id }) => id)
        .sort(),
    ).toEqual(['1#0', '1#1']);
  });

  it('takes as long as the slower arm, lacks what either lacks, and counts as the control does', async () => {
    const fast = { ...resultFor('').timings, totalMs: 5 };
    const slow = { ...fast, totalMs: 50, rerankMs: 45 };
    const facets = { tag: [{ value: 'x', count: 2 }] };
    const ask = engine(
      { a: ['1#0'], b: ['2#0'] },
      {
        a: { timings: fast, degraded: ['dense_failed'], facets, reranked: false },
        b: { timings: slow, degraded: ['rerank_partial', 'dense_failed'] },
      },
    );
    const { outcome } = await askBoth(requestFor('q'), sides('s'), ask, CLOCK);
    const { timings, degraded, reranked, variants, facets: told } = resultOf(outcome);
    expect({ timings, degraded, reranked, variants, told }).toEqual({
      timings: slow,
      degraded: ['dense_failed', 'rerank_partial'],
      reranked: true,
      variants: ['a', 'b'],
      told: facets,
    });
  });

  it.each([
    ['canary', { a: ['1#0', '2#0', '3#0'], b: FAILED }],
    ['control', { a: FAILED, b: ['1#0', '2#0', '3#0'] }],
  ])('is the other arm’s alone where the %s fails, and says so', async (_, rankings) => {
    const request = requestFor('q', { offset: 1, topk: 1 });
    const { outcome, interleaved } = await askBoth(request, sides('s'), engine(rankings), CLOCK);
    const { hits, degraded, offset, interleaved: says } = resultOf(outcome);
    expect([interleaved, says, offset, degraded]).toEqual([null, undefined, 1, ['arm_failed']]);
    expect(hits.map(({ id, rank }) => [id, rank])).toEqual([['2#0', 2]]);
  });

  it('is the control’s failure where both fail', async () => {
    const late: SearchOutcome = { kind: 'deadline', stage: 'totalMs' };
    const { outcome, interleaved } = await askBoth(requestFor('q'), sides('s'), engine({ a: FAILED, b: late }), CLOCK);
    expect([outcome, interleaved]).toEqual([FAILED, null]);
  });

  it('is the same question on every page', () => {
    const base = questionOf(requestFor('q'));
    for (const same of [
      { offset: 10 },
      { topk: 3 },
      { deadlineAtMs: 1 },
      { explain: true },
      { facets: ['tag'] as const },
    ])
      expect(questionOf(requestFor('q', same))).toBe(base);
    for (const other of [{ mode: 'bm25' as const }, { rerank: false }, { minScore: 1 }])
      expect(questionOf(requestFor('q', other))).not.toBe(base);
  });
});
