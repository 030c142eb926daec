import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Filter } from '../../engine/filter.ts';
import { FACET_FIELDS, type SearchFilters } from '../../engine/types.ts';
import { runs } from '../support/runs.ts';
import { columnsOf, DAY_MS, NAMES, type PostWithPassages, postLists } from './store/posts.ts';

const none: SearchFilters = {
  category: [],
  tag: [],
  author: [],
  type: [],
  language: [],
  dateFromMs: null,
  dateToMs: null,
};
const typed = fc.constantFrom(...NAMES, ' NEWS ', 'how-to', 'FILE', 'unknown', '');
const dates = fc.option(fc.integer({ min: -5, max: 5 }).map((day) => day * DAY_MS));
const filters: fc.Arbitrary<SearchFilters> = fc.record({
  category: fc.array(typed, { maxLength: 3 }),
  tag: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(typed, { maxLength: 3 }) }),
  author: fc.constantFrom<string[]>([], [], [], ['ADA'], ['grace', 'ada'], ['nobody']),
  type: fc.constantFrom<string[]>([], [], ['PAGE'], ['post'], ['page', 'post']),
  language: fc.constantFrom<string[]>([], [], ['EN'], ['de', 'en-us']),
  dateFromMs: dates,
  dateToMs: dates,
});

const fold = (value: string): string => value.normalize('NFKC').toLowerCase().trim();

function allows(post: PostWithPassages, wanted: SearchFilters): boolean {
  const own = {
    category: post.categories,
    tag: post.tags,
    author: [post.author ?? []].flat(),
    type: [post.type],
    language: [post.lang?.slice(0, 2) ?? []].flat(),
  };
  for (const field of FACET_FIELDS) {
    if (wanted[field].length === 0) continue;
    const asked = wanted[field].map((value) => (field === 'language' ? value.slice(0, 2) : value));
    if (!own[field].some((value) => asked.some((other) => fold(value) === fold(other)))) return false;
  }
  if (wanted.dateFromMs !== null && !(post.dateMs !== null && post.dateMs >= wanted.dateFromMs)) return false;
  if (wanted.dateToMs !== null && !(post.dateMs !== null && post.dateMs <= wanted.dateToMs)) return false;
  return true;
}

const bitsOf = (mask: Uint8Array, count: number): boolean[] =>
  Array.from({ length: count }, (_, id) => (mask[id >> 3]! & (1 << (id & 7))) !== 0);

describe('filters', () => {
  it('allow the passages of the posts that a slow reading allows: any value of a field, all fields, dates inclusive', () => {
    fc.assert(
      fc.property(postLists, fc.array(filters, { minLength: 1, maxLength: 4 }), (posts, several) => {
        const filter = new Filter(columnsOf(posts));
        const passages = posts.flatMap((post) => new Array<PostWithPassages>(post.passages).fill(post));
        // Twice each, for the second time is answered from memory.
        for (const wanted of [...several, ...several]) {
          const mask = filter.mask(wanted);
          const restricts = Object.values(wanted).some((value) =>
            Array.isArray(value) ? value.length > 0 : value !== null,
          );
          if (!restricts) {
            expect(mask).toBeNull();
            continue;
          }
          expect(mask).toHaveLength(Math.ceil(passages.length / 8));
          expect(bitsOf(mask!, passages.length)).toEqual(passages.map((post) => allows(post, wanted)));
          expect(bitsOf(mask!, mask!.length * 8).slice(passages.length)).not.toContain(true);
        }
      }),
      runs(100),
    );
  });

  it('find every spelling that folds to the same', () => {
    const posts = ['News', 'news', 'Events', 'ＮＥＷＳ'].map(
      (category, at): PostWithPassages => ({
        id: `${at}`,
        title: '',
        url: '',
        dateMs: null,
        author: null,
        categories: [category],
        tags: [],
        type: 'post',
        lang: null,
        passages: 1,
      }),
    );
    const filter = new Filter(columnsOf(posts));
    expect(bitsOf(filter.mask({ ...none, category: ['NEWS'] })!, 4)).toEqual([true, true, false, true]);
    expect(bitsOf(filter.mask({ ...none, category: ['nothing'] })!, 4)).toEqual([false, false, false, false]);
    expect(filter.mask(none)).toBeNull();
  });

  it('are remembered whatever the order and number of their values', () => {
    const filter = new Filter(columnsOf([]));
    const mask = filter.mask({ ...none, category: ['news', 'events'] });
    expect(filter.mask({ ...none, category: ['events', 'news', 'events'] })).toBe(mask);
    expect(filter.mask({ ...none, category: ['events'] })).not.toBe(mask);
    expect(filter.mask({ ...none, tag: ['news', 'events'] })).not.toBe(mask);
  });

  it('that take much memory by their values alone are forgotten', () => {
    const filter = new Filter(columnsOf([]));
    const wanted = (serial: number): SearchFilters => ({ ...none, tag: [`${serial}`.padEnd(100_000, 'x')] });
    const first = filter.mask(wanted(0));
    expect(filter.mask(wanted(0))).toBe(first);
    for (let serial = 1; serial <= 100; serial++) filter.mask(wanted(serial));
    expect(filter.mask(wanted(0))).not.toBe(first);
  });
});
