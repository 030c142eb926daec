import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourcePost } from '../../engine/source/index.ts';
import type { SearchMode } from '../../engine/types.ts';
import { runs } from '../support/runs.ts';
import { post, samplePosts } from './build/sample-build.ts';
import { ask, idsOf, type OpenParts, openParts, QUERY, RERANK_DEPTH, search } from './open-parts.ts';
import { temporaryFolders } from './source/temporary-folder.ts';

const freshFolder = temporaryFolders();

describe('the pipeline', () => {
  const sample = samplePosts(100);
  const posts: SourcePost[] = [
    ...sample.slice(0, 18),
    ...sample.slice(-5),
    post('empty', { title: 'Zanzibar & <b>', text: '' }),
  ];
  let parts: OpenParts;
  beforeAll(async () => {
    parts = await openParts(freshFolder(), posts);
  });
  afterAll(() => parts.close());

  it.each(['hybrid', 'dense', 'bm25'] as const)(
    'in mode %s finds the post that answers, best first, with its words',
    async (mode) => {
      for (const rerank of [true, false]) {
        const result = await search(parts, ask(QUERY, { mode, rerank }));
        expect(result).toMatchObject({
          query: QUERY,
          mode,
          reranked: rerank,
          degraded: [],
          offset: 0,
          generation: parts.index.name,
        });
        expect(result.model).toEqual({
          embedder: mode === 'bm25' ? null : 'all-minilm-l6-v2',
          reranker: rerank ? 'wp-chat-rerank-en' : null,
        });
        expect(result.hits[0]!.postId).toBe('101');
        const source = posts[0]!;
        expect(result.hits[0]).toMatchObject({
          title: source.title,
          url: source.url,
          date: new Date(source.dateMs!).toISOString(),
          author: source.author,
          categories: source.categories,
          tags: source.tags,
          type: source.type,
        });
        expect(result.hits.map(({ rank }) => rank)).toEqual(result.hits.map((_, at) => at + 1));
        const scores = result.hits.map(({ score }) => score);
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
        expect(new Set(result.hits.map(({ postId }) => postId)).size).toBe(result.hits.length);
      }
    },
  );

  it.each(['dense', 'bm25'] as const)('in mode %s has the scores of that leg alone', async (mode) => {
    const { hits } = await search(parts, ask(QUERY, { mode, collapse: 'passage', topk: 20 }));
    const other = mode === 'dense' ? 'bm25' : 'dense';
    for (const { score, scores } of hits)
      expect(scores).toEqual({ [mode]: score, [other]: null, fused: score, rerank: null });
  });

  it('marks the words that tell, not those of every page', async () => {
    const { hits } = await search(parts, ask(QUERY, { mode: 'bm25' }));
    const marked = hits.flatMap(({ snippet }) =>
      [...snippet.matchAll(/<mark>([^<]*)<\/mark>/g)].map(([, word]) => word!.toLowerCase()),
    );
    expect(marked).toContain('cache');
    expect(marked).not.toContain('the');
  });

  it('shows a post without text by its title, escaped', async () => {
    const { hits } = await search(parts, ask('zanzibar', { mode: 'bm25' }));
    expect(hits.map(({ id, snippet }) => [id, snippet])).toEqual([
      ['empty#0', '<mark>Zanzibar</mark> &amp; &lt;b&gt;'],
    ]);
  });

  it('gives one ranking in pages: the same total and no hit twice, with reranking and without', async () => {
    for (const changes of [
      {},
      { rerank: true },
      { diversify: true },
      { collapse: 'passage', rerank: true },
      { fusion: 'rrf' },
    ] as const) {
      const whole = await search(parts, ask(QUERY, { topk: 200, ...changes }));
      expect(whole.hits).toHaveLength(whole.total);
      const paged: string[] = [];
      for (let offset = 0; offset < whole.total + 7; offset += 7) {
        const page = await search(parts, ask(QUERY, { topk: 7, offset, ...changes }));
        expect([page.total, page.offset]).toEqual([whole.total, offset]);
        expect(page.hits.map(({ rank }) => rank)).toEqual(page.hits.map((_, at) => offset + at + 1));
        paged.push(...idsOf(page));
      }
      expect(paged).toEqual(idsOf(whole));
    }
    const totals = [true, false].map((rerank) => search(parts, ask(QUERY, { rerank })).then(({ total }) => total));
    expect(new Set(await Promise.all(totals)).size).toBe(1);
  });

  it('reranking reorders the head and leaves what lies below it', async () => {
    const [before, after] = [
      await search(parts, ask(QUERY, { topk: 200 })),
      await search(parts, ask(QUERY, { topk: 200, rerank: true })),
    ];
    expect(idsOf(after).slice(RERANK_DEPTH)).toEqual(idsOf(before).slice(RERANK_DEPTH));
    expect(idsOf(after).slice(0, RERANK_DEPTH).sort()).toEqual(idsOf(before).slice(0, RERANK_DEPTH).sort());
    expect(after.hits.map(({ scores }) => scores.rerank !== null)).toEqual(
      after.hits.map((_, at) => at < RERANK_DEPTH),
    );
  });

  it('drops what scores below min_score, and counts what is left', async () => {
    const all = await search(parts, ask(QUERY, { topk: 200 }));
    for (const minScore of [all.hits[4]!.score, 0, -100, 100]) {
      const some = await search(parts, ask(QUERY, { topk: 200, minScore }));
      const expected = all.hits.filter(({ score }) => score >= minScore);
      expect(some.hits.map(({ id, score }) => [id, score])).toEqual(expected.map(({ id, score }) => [id, score]));
      expect(some.total).toBe(expected.length);
    }
  });

  it('answers only with what the filters allow, and counts facets over the whole ranking', async () => {
    const filters = { ...ask('').filters, category: ['PERFORMANCE', 'hosting'], dateFromMs: Date.UTC(2020, 0) };
    for (const mode of ['hybrid', 'dense', 'bm25'] as const) {
      const page = await search(parts, ask(QUERY, { mode, filters, topk: 2, facets: ['category', 'type'] }));
      const whole = await search(parts, ask(QUERY, { mode, filters, topk: 200 }));
      expect(
        whole.hits.every(({ categories }) => categories.includes('Performance') || categories.includes('Hosting')),
      ).toBe(true);
      expect(page.hits.length).toBe(2);
      const counts = (values: string[]) =>
        [...new Set(values)].map((value) => ({ value, count: values.filter((other) => other === value).length }));
      expect(new Set(page.facets.category)).toEqual(
        new Set(counts(whole.hits.flatMap(({ categories }) => categories))),
      );
      expect(new Set(page.facets.type)).toEqual(new Set(counts(whole.hits.map(({ type }) => type))));
    }
  });

  it('explains a hit by its ranks, its terms and what entered the sums', async () => {
    const { hits } = await search(parts, ask(QUERY, { explain: true, rerank: true, collapse: 'passage' }));
    const [denseWeight, crossWeight] = [parts.config.retrieval.fusion.denseWeight, 0.5];
    for (const { rank, score, scores, explain } of hits) {
      const { bm25, dense, firstStage, rerank } = explain!.standardised;
      if (bm25 !== null && dense !== null)
        expect(scores.fused).toBeCloseTo(denseWeight * dense + (1 - denseWeight) * bm25, 9);
      if (rank <= RERANK_DEPTH) {
        expect(score).toBeCloseTo(crossWeight * rerank! + (1 - crossWeight) * firstStage!, 9);
        expect(explain!.ranks.rerank).toBe(rank);
      } else expect([rerank, firstStage, explain!.ranks.rerank]).toEqual([null, null, null]);
      expect(explain!.terms.reduce((sum, term) => sum + term.score, 0)).toBeCloseTo(scores.bm25!, 4);
      expect(explain!.passageTokens).toBeGreaterThan(0);
    }
    const plain = await search(parts, ask(QUERY));
    expect(plain.hits.every((hit) => !('explain' in hit))).toBe(true);
  });

  it('answers any query in any mode with a value that keeps its promises', async () => {
    const requests = fc.record({
      query: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.constantFrom('', ' ', 'cache', 'the the the', '東京', '\u0000'),
      ),
      mode: fc.constantFrom<SearchMode>('hybrid', 'dense', 'bm25'),
      topk: fc.integer({ min: 1, max: 30 }),
      offset: fc.nat(30),
      collapse: fc.constantFrom('post' as const, 'passage' as const),
      fusion: fc.constantFrom('standardised' as const, 'rrf' as const),
      diversify: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(requests, async ({ query, ...changes }) => {
        const result = await search(parts, ask(query, changes));
        expect(result.hits).toHaveLength(Math.max(0, Math.min(changes.topk, result.total - changes.offset)));
        expect(result.hits.every(({ score }) => Number.isFinite(score))).toBe(true);
        expect(new Set(idsOf(result)).size).toBe(result.hits.length);
        expect(idsOf(await search(parts, ask(query, changes)))).toEqual(idsOf(result));
      }),
      runs(15),
    );
  });
});
