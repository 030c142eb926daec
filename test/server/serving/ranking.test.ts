import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hit } from '../../../engine/types.ts';
import { type Answer, search } from '../../support/client.ts';
import { sampleQueries } from '../../support/sample-queries.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await startSampleServer();
});
afterAll(() => server.stop());

type Body = Record<string, unknown>;
const ask = (body: Body): Promise<Answer> => search(server.url, { rerank: false, topk: 100, ...body });

const MODES = ['hybrid', 'dense', 'bm25'] as const;
const BROAD = 'how to make a wordpress site faster and safer';

/** Every page of a ranking, until one is empty. */
async function pagesOf(body: Body, topk: number): Promise<Answer[]> {
  const pages: Answer[] = [];
  for (let offset = 0; ; offset += topk) {
    const page = await ask({ ...body, topk, offset });
    if (page.hits.length === 0) return pages;
    pages.push(page);
  }
}

const descends = (scores: readonly number[]): boolean =>
  scores.every((score, at) => at === 0 || score <= scores[at - 1]!);

describe('pages', () => {
  it.each([
    ...MODES.map((mode) => ({ mode, collapse: 'post' })),
    { mode: 'hybrid', collapse: 'passage' },
    { mode: 'hybrid', fusion: 'rrf' },
    { mode: 'hybrid', mmr: true },
    { mode: 'bm25', rerank: true, q: 'wp_memory_limit' },
  ])('have one total and together hold each result once: %j', async (settings) => {
    const body = { q: BROAD, ...settings };
    const pages = await pagesOf(body, 7);
    const hits = pages.flatMap((page) => page.hits);
    expect(new Set(pages.map(({ total }) => total))).toEqual(new Set([hits.length]));
    expect(new Set(hits.map(({ id }) => id)).size).toBe(hits.length);
    expect(hits.map(({ rank }) => rank)).toEqual(hits.map((_, at) => at + 1));
    if (!('mmr' in settings)) expect(descends(hits.map(({ score }) => score))).toBe(true);
    const whole = await ask({ ...body, topk: 100 });
    expect(hits.slice(0, 100)).toEqual(whole.hits);
  });

  it('beyond the end are empty, with the same total', async () => {
    const { total } = await ask({ q: BROAD });
    for (const offset of [total, total + 1, 100_000]) {
      expect(await ask({ q: BROAD, offset })).toMatchObject({ total, offset, hits: [] });
    }
    expect((await ask({ q: BROAD, offset: total - 1 })).hits.length).toBe(1);
  });
});

describe('collapse', () => {
  it.each(MODES)('gives one result a post, or every passage on its own, in mode %s', async (mode) => {
    const posts = (await ask({ q: BROAD, mode, collapse: 'post' })).hits;
    expect(new Set(posts.map(({ postId }) => postId)).size).toBe(posts.length);
    const { hits: passages, total } = await ask({ q: BROAD, mode, collapse: 'passage' });
    expect(total).toBeGreaterThan(posts.length);
    const best = new Map<string, Hit>();
    for (const page of await pagesOf({ q: BROAD, mode, collapse: 'passage' }, 100))
      for (const hit of page.hits) if (!best.has(hit.postId)) best.set(hit.postId, hit as Hit);
    expect(posts.map(({ id }) => id)).toEqual([...best.values()].map(({ id }) => id));
    expect(passages.some(({ postId }, at) => passages.findIndex((other) => other.postId === postId) < at)).toBe(true);
  });
});

describe('facets', () => {
  const FACETS = ['category', 'tag', 'author', 'type', 'language'];

  it.each(MODES)('count the results of the whole ranking, whichever page is asked for, in mode %s', async (mode) => {
    const pages = await pagesOf({ q: BROAD, mode, facets: FACETS }, 40);
    const hits = pages.flatMap((page) => page.hits) as Hit[];
    const { facets } = pages[0]!;
    for (const page of pages) expect(page.facets).toEqual(facets);
    const counted = (values: (hit: Hit) => readonly string[]): Map<string, number> => {
      const counts = new Map<string, number>();
      for (const hit of hits) for (const value of values(hit)) counts.set(value, (counts.get(value) ?? 0) + 1);
      return counts;
    };
    const asMap = (field: string) =>
      new Map((facets[field as 'tag'] ?? []).map(({ value, count }) => [value, count] as const));
    expect(asMap('category')).toEqual(counted(({ categories }) => categories));
    expect(asMap('author')).toEqual(counted(({ author }) => (author === null ? [] : [author])));
    expect(asMap('type')).toEqual(counted(({ type }) => [type]));
    const tags = counted((hit) => hit.tags);
    for (const [value, count] of asMap('tag')) expect([value, tags.get(value)]).toEqual([value, count]);
    expect(sum([...asMap('language').values()])).toBe(hits.length);
    for (const list of Object.values(facets)) expect(descends(list.map(({ count }) => count))).toBe(true);
  });

  it('are left out unless asked for, and hold only what the filters leave', async () => {
    expect((await ask({ q: BROAD })).facets).toEqual({});
    const { facets, total } = await ask({ q: BROAD, filters: { author: 'Mira Halvorsen' }, facets: ['author'] });
    expect(facets).toEqual({ author: [{ value: 'Mira Halvorsen', count: total }] });
  });
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

describe('filters', () => {
  const dated = ({ date }: Hit, from: string, to: string): boolean => date !== null && date >= from && date < to;
  const CASES: readonly [string, Record<string, unknown>, (hit: Hit) => boolean][] = [
    ['a category', { category: 'Security' }, ({ categories }) => categories.includes('Security')],
    [
      'either of two categories',
      { category: ['Security', 'Hosting'] },
      ({ categories }) => categories.some((name) => name === 'Security' || name === 'Hosting'),
    ],
    ['a category in other letters', { category: 'sEcUrItY' }, ({ categories }) => categories.includes('Security')],
    ['a tag', { tag: 'backups' }, ({ tags }) => tags.includes('backups')],
    ['an author', { author: 'Haruka Mizuno' }, ({ author }) => author === 'Haruka Mizuno'],
    ['a type', { type: 'page' }, ({ type }) => type === 'page'],
    ['a first day', { date_from: '2024-06-01' }, (hit) => dated(hit, '2024-06-01', '9999')],
    ['a last day, to its end', { date_to: '2023-01-03' }, (hit) => dated(hit, '0000', '2023-01-04')],
    ['a moment', { date_to: '2023-01-03T08:59:59Z' }, (hit) => dated(hit, '0000', '2023-01-03T09')],
    ['a year', { date_from: '2024-01-01', date_to: '2024-12-31' }, (hit) => dated(hit, '2024', '2025')],
    [
      'an offset from Greenwich',
      { date_from: '2024-01-01T00:00:00+02:00', date_to: '2024-12-31T23:59:59-05:00' },
      (hit) => dated(hit, '2023-12-31T22', '2025-01-01T05'),
    ],
    [
      'all of them together',
      {
        category: ['Performance', 'Hosting'],
        author: ['Jonah Whitlock', 'Mira Halvorsen'],
        type: 'post',
        date_from: '2023-06-01',
      },
      (hit) =>
        hit.categories.some((name) => name === 'Performance' || name === 'Hosting') &&
        (hit.author === 'Jonah Whitlock' || hit.author === 'Mira Halvorsen') &&
        hit.type === 'post' &&
        dated(hit, '2023-06-01', '9999'),
    ],
  ];

  it.each(CASES)('by %s hold for every hit, and keep every hit that they hold for', async (name, filters, holds) => {
    for (const mode of MODES) {
      const filtered = await ask({ q: BROAD, mode, filters });
      expect(filtered.hits.filter((hit) => !holds(hit as Hit)).map(({ id }) => id)).toEqual([]);
      if (name !== 'a moment') expect(filtered.total, mode).toBeGreaterThan(0);
      const found = new Set(filtered.hits.map(({ postId }) => postId));
      const unfiltered = (await ask({ q: BROAD, mode })).hits as Hit[];
      expect(unfiltered.filter((hit) => holds(hit) && !found.has(hit.postId)).map(({ id }) => id)).toEqual([]);
    }
  });

  it.each([
    { category: 'None Such' },
    { tag: [] as string[], author: 'nobody' },
    { date_from: '2030-01-01' },
    { date_from: '2099-02-01', date_to: '2099-02-02' },
  ])('that nothing meets give an empty answer: %j', async (filters) => {
    for (const mode of MODES)
      expect(await ask({ q: BROAD, mode, filters, facets: ['tag'] })).toMatchObject({
        total: 0,
        hits: [],
        facets: { tag: [] },
      });
  });

  it('by language keep posts of that language', async () => {
    const { hits } = await ask({ q: 'seite update', mode: 'bm25', filters: { language: 'de' } });
    expect(hits.length).toBeGreaterThan(0);
    expect(hits.every(({ postId }) => ['196', '197'].includes(postId))).toBe(true);
  });
});

describe('min_score', () => {
  it.each(MODES)('drops exactly what scores less, in mode %s', async (mode) => {
    const all = await ask({ q: BROAD, mode });
    const middle = all.hits[Math.floor(all.hits.length / 2)]!.scores.fused!;
    const kept = await ask({ q: BROAD, mode, min_score: middle });
    const expected = all.hits.filter(({ scores }) => scores.fused! >= middle);
    expect(kept.hits.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    expect(kept.total).toBe(expected.length);
    expect((await ask({ q: BROAD, mode, min_score: 1e9 })).hits).toEqual([]);
    expect((await ask({ q: BROAD, mode, min_score: -1e9 })).total).toBe(all.total);
  });
});

describe('equal conditions', () => {
  it('a mode is in effect: the legs disagree on some sample query', async () => {
    const firsts = await Promise.all(
      sampleQueries.slice(0, 10).map(async (q) => {
        const [dense, bm25] = await Promise.all([ask({ q, mode: 'dense' }), ask({ q, mode: 'bm25' })]);
        return dense.hits[0]!.id === bm25.hits[0]!.id;
      }),
    );
    expect(firsts).toContain(false);
  });
});
