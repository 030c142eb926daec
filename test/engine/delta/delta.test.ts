/** A generation with its changes answers as an index that was built anew from what lives. */
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { passagesOf } from '../../../engine/build/passages.ts';
import { type ChangedPost, Delta } from '../../../engine/delta/index.ts';
import { countFacets } from '../../../engine/facets.ts';
import { Generation } from '../../../engine/generation.ts';
import { loadGeneration } from '../../../engine/load.ts';
import type { SourcePost } from '../../../engine/source/index.ts';
import { FACET_FIELDS, type SearchFilters } from '../../../engine/types.ts';
import { build, configFor, post, withoutModels } from '../build/sample-build.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';

const freshFolder = temporaryFolders();
const BASE_POSTS = 90;
const WORDS = 'cache page plugin theme block post query index site server user media menu widget route hook'.split(' ');
const content = { passageTokensTarget: 32, passageTokensMax: 64, language: 'en' };
const COUNTED = [...FACET_FIELDS, 'date'] as const;

/** Some hundred words in an order that the seed decides, the first of the list far more often than the last. */
function prose(seed: number, words: number): string {
  let state = seed * 2_654_435_761 + 1;
  const sentences = Array.from({ length: words }, (_, at) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    const word = WORDS[Math.floor((state / 2 ** 32) ** 2 * WORDS.length)]!;
    return at % 8 === 7 ? `${word}.` : word;
  });
  return sentences.join(' ');
}

const contentOf = (id: string, seed: number, words: number): SourcePost =>
  post(id, {
    title: `${WORDS[seed % WORDS.length]} ${id}`,
    text: prose(seed, words),
    dateMs: seed % 7 === 0 ? null : Date.UTC(2000 + (seed % 5), seed % 12),
    author: seed % 3 === 0 ? null : ['Ada', 'Grace'][seed % 2]!,
    categories: seed % 4 === 0 ? [] : ['News', 'news', 'Straße'].slice(seed % 3),
    tags: [`t${seed % 6}`],
    type: seed % 5 === 0 ? 'page' : 'post',
    lang: ['en', 'en-US', 'de', null][seed % 4]!,
  });

/** Short ones: what is put is longer, so the average length changes, and with it the order of short and long. */
const basePosts = Array.from({ length: BASE_POSTS }, (_, n) => contentOf(`p${n}`, n, 2 + (n % 12) * 3));
const config = (index: string) => configFor(index, { models: withoutModels, content });

const CONTENT = config('index').content;

const changedOf = (source: SourcePost): ChangedPost => {
  const { record, passages } = passagesOf(source, { embedder: null, reranker: null }, CONTENT);
  return { record, passages: passages.map((passage) => ({ ...passage, vector: null })) };
};

async function built(posts: readonly SourcePost[]): Promise<Generation> {
  const ofPosts = config(join(freshFolder(), 'index'));
  await build({ config: ofPosts, posts, embedder: null });
  return new Generation(await loadGeneration(ofPosts, 1), 0);
}

type Change = { readonly id: string; readonly to: { readonly seed: number; readonly words: number } | null };
const change: fc.Arbitrary<Change> = fc.record({
  id: fc.nat(BASE_POSTS + 12).map((n) => `p${n}`),
  to: fc.option(fc.record({ seed: fc.nat(200), words: fc.nat(700) }), { freq: 3 }),
});
const NOTHING: SearchFilters = {
  ...{ category: [], tag: [], author: [], type: [], language: [] },
  ...{ dateFromMs: null, dateToMs: null },
};
const filters: fc.Arbitrary<SearchFilters> = fc.record({
  category: fc.subarray(['NEWS', 'strasse'], { maxLength: 1 }),
  tag: fc.subarray(['t1', 't2', 't3', 't4']),
  author: fc.constant([]),
  type: fc.subarray(['Page', 'post']),
  language: fc.subarray(['en', 'de-AT']),
  dateFromMs: fc.option(fc.constant(Date.UTC(2001, 3))),
  dateToMs: fc.option(fc.constant(Date.UTC(2003, 6))),
});
const query = fc.array(
  fc.record({ term: fc.constantFrom(...WORDS, 'unheard'), weight: fc.integer({ min: 1, max: 3 }) }),
  {
    minLength: 1,
    maxLength: 6,
  },
);

/** What the delta shows and what the new index shows, in the same words. */
interface View {
  readonly keyOf: (id: number) => string;
  readonly postOf: (id: number) => number;
}

/** Best first, equal scores by name: ids differ between the two. */
const ranking = ({ ids, scores }: { ids: Uint32Array; scores: Float32Array }, { keyOf }: View): [string, number][] =>
  Array.from(ids, (id, at): [string, number] => [keyOf(id), scores[at]!]).sort(
    (a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1),
  );

describe('a generation with its changes', () => {
  let base: Generation;
  beforeAll(async () => {
    base = await built(basePosts);
  });
  afterAll(() => base.close());

  async function compared(
    changes: readonly Change[],
    look: (live: { delta: Delta; view: View }, anew: { generation: Generation; view: View }) => void,
  ): Promise<void> {
    const delta = new Delta(base);
    const living = new Map(basePosts.map((source) => [source.id, source]));
    for (const { id, to } of changes) {
      if (to === null) expect(delta.delete(id)).toBe(living.delete(id));
      else {
        const source = contentOf(id, to.seed, to.words);
        living.set(id, source);
        delta.put(changedOf(source));
      }
    }
    const generation = await built([...living.values()]);
    try {
      const { columns } = generation;
      look(
        {
          delta,
          view: {
            keyOf: (id) => `${delta.reading(id).post.id}#${delta.placeOf(id)}`,
            postOf: (id) => delta.postOf(id),
          },
        },
        {
          generation,
          view: {
            keyOf: (id) => {
              const number = columns.postOf[id]!;
              return `${generation.post(number).id}#${id - columns.firstPassage[number]!}`;
            },
            postOf: (id) => columns.postOf[id]!,
          },
        },
      );
    } finally {
      generation.close();
    }
  }

  it('scores every passage as the new index does, to the last bit, under any filter', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 40 }), query, filters, (changes, terms, filter) =>
        compared(changes, (live, anew) => {
          for (const allowed of [NOTHING, filter]) {
            const expected = anew.generation.lexical.search(terms, 1000, anew.generation.filter.mask(allowed));
            const found = live.delta.searchLexical(terms, 1000, allowed);
            expect(ranking(found, live.view)).toEqual(ranking(expected, anew.view));
            expect([...live.delta.scoreLexical(terms, found.ids)]).toEqual([...found.scores]);
          }
        }),
      ),
      { numRuns: 25 },
    );
  });

  it('finds the best few as the new index does, though its own average length is another', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 60 }),
        query,
        fc.integer({ min: 1, max: 12 }),
        (changes, terms, k) =>
          compared(changes, (live, anew) => {
            const expected = anew.generation.lexical.search(terms, k);
            const found = live.delta.searchLexical(terms, k, NOTHING);
            expect([...found.scores]).toEqual([...expected.scores]);
            const ids = new Set(found.ids);
            expect(ids.size).toBe(found.ids.length);
          }),
      ),
      { numRuns: 25 },
    );
  });

  it('explains, counts facets and reads as the new index does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 30 }), query, (changes, terms) =>
        compared(changes, (live, anew) => {
          const { delta } = live;
          const { generation } = anew;
          const found = delta.searchLexical(terms, 1000, NOTHING).ids;
          const expected = generation.lexical.search(terms, 1000).ids;
          const idOf = new Map(Array.from(expected, (id) => [anew.view.keyOf(id), id]));
          expect(delta.countFacets(Array.from(found, live.view.postOf), COUNTED)).toEqual(
            countFacets(generation.columns, Array.from(expected, anew.view.postOf), COUNTED),
          );
          expect(delta.weights(terms)).toEqual(generation.lexical.weights(terms));
          for (const id of found) {
            const other = idOf.get(live.view.keyOf(id))!;
            expect(delta.explain(terms, id)).toEqual(generation.lexical.explain(terms, other));
            const { post: record, passage, text, spans } = delta.reading(id);
            const { text: words, headingPath } = passage;
            expect({ post: record, passage: { text: words, headingPath }, text, spans }).toEqual(
              generation.reading(other),
            );
            expect(delta.passageTokens(id)).toEqual(generation.passageTokens(other));
          }
        }),
      ),
      { numRuns: 10 },
    );
  });

  it('forgets a post that is deleted twice once, and knows its size', () => {
    const delta = new Delta(base);
    expect([delta.delete('p3'), delta.delete('p3'), delta.delete('nobody')]).toEqual([true, false, false]);
    delta.put(changedOf(contentOf('p3', 5, 30)));
    delta.put(changedOf(contentOf('p3', 6, 30)));
    expect(delta.size).toMatchObject({
      posts: 1,
      superseded: base.columns.firstPassage[4]! - base.columns.firstPassage[3]!,
    });
    expect([delta.delete('p3'), delta.delete('p3')]).toEqual([true, false]);
    expect(delta.size).toMatchObject({ posts: 0, passages: 0 });
  });

  it('never gives a number to a second passage', () => {
    const delta = new Delta(base);
    const words = [{ term: 'zebra', weight: 1 }];
    const seen = new Set<number>();
    for (let round = 0; round < 5; round++) {
      delta.put({
        record: changedOf(contentOf('new', 1, 10)).record,
        passages: [{ text: 'zebra', headingPath: [], rerankTokens: new Int32Array(0), vector: null }],
      });
      const { ids } = delta.searchLexical(words, 10, NOTHING);
      expect(ids).toHaveLength(1);
      seen.add(ids[0]!);
    }
    expect(seen.size).toBe(5);
    const [earlier] = seen;
    expect(() => delta.postOf(earlier!)).toThrow('No living passage has this id');
  });
});
