/** The whole pipeline over a generation with changes answers as over an index that was built anew from what lives. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBuildModels, prepare } from '../../engine/build/index.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import { COUNTED_FIELDS, type SearchRequest, type SearchResult } from '../../engine/types.ts';
import { samplePosts } from './build/sample-build.ts';
import { ask, type OpenParts, openParts, search } from './open-parts.ts';
import { temporaryFolders } from './source/temporary-folder.ts';

const freshFolder = temporaryFolders();
const BASE = 10;
const posts = samplePosts(16);
const rewritten = (post: SourcePost, by: SourcePost): SourcePost => ({
  ...by,
  id: post.id,
  categories: post.categories,
});

/** One written anew, one whose title alone is another, two that are new, and one that is gone. */
const put = [
  rewritten(posts[2]!, posts[12]!),
  { ...posts[5]!, title: 'How to warm the page cache before visitors come' },
  posts[13]!,
  posts[14]!,
];
const gone = posts[7]!.id;
const living = [...posts.slice(0, BASE), ...posts.slice(13, 15)]
  .filter(({ id }) => id !== gone)
  .map((post) => put.find(({ id }) => id === post.id) ?? post);

const QUERIES = [
  'why does the page cache serve the wrong page',
  'backup',
  'redis object cache',
  'images slow in a theme',
];
const { filters: ALL } = ask('');
const WAYS: Partial<SearchRequest>[] = [
  {},
  { mode: 'bm25', facets: COUNTED_FIELDS },
  { mode: 'dense' },
  { explain: true, facets: COUNTED_FIELDS },
  { collapse: 'passage', fusion: 'rrf', offset: 2 },
  { diversify: true },
  { filters: { ...ALL, category: [posts[2]!.categories[0]!] }, facets: COUNTED_FIELDS },
  { filters: { ...ALL, dateFromMs: posts[13]!.dateMs } },
];

/** All but what names the state and how long it took. */
const said = ({ generation: _, timings: __, ...rest }: SearchResult): object => rest;

describe('a generation with changes', () => {
  let live: OpenParts;
  let anew: OpenParts;
  beforeAll(async () => {
    live = await openParts(join(freshFolder(), 'live'), posts.slice(0, BASE));
    anew = await openParts(join(freshFolder(), 'anew'), living);
    const { config, models } = live;
    const embed = (texts: readonly Int32Array[]) => Promise.all(texts.map((text) => models.embedder.embed(text)));
    const prepared = await prepare(put, await openBuildModels(config), { content: config.content, embed });
    const before = live.index.name;
    live.index.apply({
      upTo: 9,
      changes: [
        { id: gone, version: 5, post: null },
        ...prepared.map((post, at) => ({ id: post.record.id, version: 6 + at, post })),
      ],
    });
    expect(live.index.name).toBe(`${before}+9`);
  });
  afterAll(async () => {
    await live.close();
    await anew.close();
  });

  it.each(WAYS)('answers as one that was built anew: %j', async (way) => {
    for (const query of QUERIES) {
      const request = ask(query, way);
      expect(said(await search(live, request))).toEqual(said(await search(anew, request)));
    }
  });

  it('reranks what changed by its own words', async () => {
    for (const query of QUERIES) {
      const request = ask(query, { rerank: true });
      expect(said(await search(live, request))).toEqual(said(await search(anew, request)));
    }
  });
});
