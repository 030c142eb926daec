import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countFacets } from '../../engine/facets.ts';
import { FACET_FIELDS } from '../../engine/types.ts';
import { columnsOf, type PostWithPassages, postLists } from './store/posts.ts';

const valuesOf = (post: PostWithPassages) => ({
  category: post.categories,
  tag: post.tags,
  author: post.author === null ? [] : [post.author],
  type: [post.type],
  language: post.lang === null ? [] : [post.lang.slice(0, 2)],
});

describe('facets', () => {
  it('count each value over distinct posts, most frequent first, equal counts by name', () => {
    const asked = postLists.chain((posts) =>
      fc.tuple(
        fc.constant(posts),
        posts.length === 0 ? fc.constant([]) : fc.array(fc.nat(posts.length - 1), { maxLength: 40 }),
        fc.subarray([...FACET_FIELDS]),
      ),
    );
    fc.assert(
      fc.property(asked, ([posts, found, fields]) => {
        const counted = countFacets(columnsOf(posts), found, fields);
        expect(Object.keys(counted)).toEqual(fields);
        for (const field of fields) {
          const counts = new Map<string, number>();
          for (const post of new Set(found)) {
            for (const value of valuesOf(posts[post]!)[field]) counts.set(value, (counts.get(value) ?? 0) + 1);
          }
          expect(new Map(counted[field]!.map(({ value, count }) => [value, count]))).toEqual(counts);
          for (let at = 1; at < counted[field]!.length; at++) {
            const [a, b] = [counted[field]![at - 1]!, counted[field]![at]!];
            expect(a.count > b.count || (a.count === b.count && a.value < b.value)).toBe(true);
          }
        }
      }),
    );
  });

  it('count dates by year in UTC over distinct posts, newest first, and leave posts without a date out', () => {
    const dates = [
      '2024-12-31T23:59:59Z',
      '2025-01-01T00:00:00Z',
      null,
      '2025-07-01T12:00:00Z',
      '2009-03-04T00:00:00Z',
    ];
    const posts = dates.map(
      (date, at): PostWithPassages => ({
        id: `${at}`,
        title: '',
        url: '',
        dateMs: date === null ? null : Date.parse(date),
        author: null,
        categories: [],
        tags: [],
        type: 'post',
        lang: null,
        passages: 1,
      }),
    );
    expect(countFacets(columnsOf(posts), [4, 0, 1, 2, 3, 3, 1], ['date', 'type'])).toEqual({
      date: [
        { value: '2025', count: 2 },
        { value: '2024', count: 1 },
        { value: '2009', count: 1 },
      ],
      type: [{ value: 'post', count: 5 }],
    });
    expect(countFacets(columnsOf(posts), [2], ['date'])).toEqual({ date: [] });
  });

  it('list the fifty most frequent values and no more', () => {
    const posts = Array.from(
      { length: 60 },
      (_, at): PostWithPassages => ({
        id: `${at}`,
        title: '',
        url: '',
        dateMs: null,
        author: null,
        categories: Array.from({ length: at + 1 }, (_, n) => `c${String(n).padStart(2, '0')}`),
        tags: [],
        type: 'post',
        lang: null,
        passages: 1,
      }),
    );
    const { category } = countFacets(columnsOf(posts), posts.keys(), ['category']);
    expect(category).toEqual(
      Array.from({ length: 50 }, (_, n) => ({ value: `c${String(n).padStart(2, '0')}`, count: 60 - n })),
    );
  });
});
