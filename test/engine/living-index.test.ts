/** The whole pipeline over a generation with changes answers as over an index that was built anew from what lives. */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergeGeneration, openBuildModels, prepare } from '../../engine/build/index.ts';
import { Generation } from '../../engine/generation.ts';
import { LivingIndex } from '../../engine/living-index.ts';
import { loadGeneration } from '../../engine/load.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import { loadSections } from '../../engine/store/index.ts';
import { verifyGeneration } from '../../engine/store/verify/verify.ts';
import { StoredPosts } from '../../engine/stored-posts.ts';
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

const stages: string[] = [];

/** All but what names the state and how long it took. */
const said = ({ generation: _, timings: __, ...rest }: SearchResult): object => rest;

describe('a generation with changes', () => {
  let live: OpenParts;
  let anew: OpenParts;
  let merged: OpenParts;
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
    const originalOf = (id: string) => Buffer.from(JSON.stringify(put.find((post) => post.id === id)));
    const manifest = await mergeGeneration(
      {
        config,
        from: before,
        changed: new Set([gone, ...put.map(({ id }) => id)]),
        changes: Readable.from([
          { id: gone, version: 5, put: null },
          ...prepared.map((post, at) => {
            const { id } = post.record;
            return { id, version: 6 + at, put: { post, original: originalOf(id) } };
          }),
        ]),
        coverage: { history: 'ab'.repeat(8), sequence: 9 },
      },
      { clock: live.clock, progress: (stage) => stages.push(stage) },
    );
    merged = { ...live, index: new LivingIndex(new Generation(await loadGeneration(config, 1), 0)) };
    const { tokenBytes: _, generation: __, ...rest } = manifest;
    expect(rest).toMatchObject({ journal: { sequence: 9 }, embedder: live.index.generation.manifest.embedder });
    expect(merged.index.name).toBe(manifest.generation);
  });
  afterAll(async () => {
    merged.index.generation.close();
    await live.close();
    await anew.close();
  });

  it.each(WAYS)('answers as one that was built anew: %j', async (way) => {
    for (const query of QUERIES) {
      const request = ask(query, way);
      expect(said(await search(live, request))).toEqual(said(await search(anew, request)));
    }
  });

  it.each(WAYS)('answers so, too, when they were merged into it: %j', async (way) => {
    for (const query of QUERIES) {
      const request = ask(query, way);
      expect(said(await search(merged, request))).toEqual(said(await search(anew, request)));
    }
  });

  it('finds what was put, and not what it took the place of', async () => {
    const request = ask(put[1]!.title, { topk: 3 });
    for (const parts of [live, merged]) {
      expect((await search(parts, request)).hits[0]).toMatchObject({ postId: put[1]!.id, title: put[1]!.title });
      expect((await search(parts, ask(posts[7]!.title))).hits.map(({ postId }) => postId)).not.toContain(gone);
    }
  });

  it('is sound when they were merged into it, with each post as it came and its version', async () => {
    expect(stages).toEqual(['passages', 'lexical', 'graph', 'checksums', 'publish']);
    const { directory } = live.config.index;
    const name = merged.index.generation.manifest.generation;
    const job = {
      index: directory,
      generation: name,
      expansionSearch: 256,
      bytesPerSecondMax: null,
      deadlineMs: null,
      seed: 1,
    };
    const ports = { clock: live.clock, sleep: async () => {}, progress: () => {} };
    expect(await verifyGeneration({ ...job, resume: null }, ports)).toMatchObject({ verdict: 'sound', findings: [] });
    const folder = join(directory, 'generations', name);
    const stored = new StoredPosts({
      folder,
      manifest: merged.index.generation.manifest,
      columns: loadSections(join(folder, 'posts.bin')),
    });
    const seen = living.map(({ id }) => {
      const number = stored.numberOf(id)!;
      return [stored.versionOf(number), JSON.parse(Buffer.from(stored.original(number)).toString())];
    });
    stored.close();
    expect(seen).toEqual(living.map((post) => [put.indexOf(post) < 0 ? 0 : 6 + put.indexOf(post), post]));
  });

  it('reranks what changed by its own words', async () => {
    for (const query of QUERIES) {
      const request = ask(query, { rerank: true });
      expect(said(await search(live, request))).toEqual(said(await search(anew, request)));
    }
  });
});
