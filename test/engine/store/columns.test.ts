import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldValue } from '../../../engine/store/index.ts';
import { FACET_FIELDS } from '../../../engine/types.ts';
import { columnsOf, DIRECTORY, postLists } from './posts.ts';

describe('columns of posts', () => {
  it('say of each passage its post, and of each post its passages, date and values', () => {
    fc.assert(
      fc.property(postLists, (posts) => {
        const columns = columnsOf(posts);
        expect([columns.posts, columns.passages]).toEqual([
          posts.length,
          posts.reduce((sum, { passages }) => sum + passages, 0),
        ]);
        let id = 0;
        for (const [at, post] of posts.entries()) {
          expect([columns.firstPassage[at], columns.firstPassage[at + 1]]).toEqual([id, id + post.passages]);
          expect(columns.dateMs[at]).toBe(post.dateMs ?? Number.NaN);
          for (let n = 0; n < post.passages; n++, id++) expect(columns.postOf[id]).toBe(at);
          const valuesOf = (field: (typeof FACET_FIELDS)[number]): string[] => {
            const { at: starts, values, names } = columns.facets[field];
            return [...values.subarray(starts[at], starts[at + 1])].map((number) => names[number]!);
          };
          expect(FACET_FIELDS.map(valuesOf)).toEqual([
            post.categories,
            post.tags,
            [post.author ?? []].flat(),
            [post.type],
            [post.lang?.slice(0, 2) ?? []].flat(),
          ]);
        }
        expect(columns.documents).toEqual(DIRECTORY);
        expect(columns.tokens).toEqual(DIRECTORY);
        expect(columns.originals).toEqual(DIRECTORY);
        expect([...columns.versions!]).toEqual(posts.map((_, at) => at * 3));
        expect([...columns.live!]).toEqual(posts.map((_, at) => at % 2));
      }),
    );
  });

  it('know for a folded name the numbers of all its spellings', () => {
    fc.assert(
      fc.property(postLists, (posts) => {
        const { names, numbers } = columnsOf(posts).facets.category;
        for (const name of names) {
          const alike = [...names.keys()].filter((number) => foldValue(names[number]!) === foldValue(name));
          expect(numbers.get(foldValue(name))).toEqual(alike);
        }
      }),
    );
  });
});
