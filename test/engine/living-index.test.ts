/** The whole pipeline over a generation with changes answers as over an index that was built anew from what lives. */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutPost, mergeGeneration, openBuildModels } from '../../engine/build/index.ts';
import type { ChangedPost } from '../../engine/delta/index.ts';
import { type CodedVector, codeVector, loadVectors, StoredVectors } from '../../engine/dense/index.ts';
import { Generation } from '../../engine/generation.ts';
import { type KnownVectors, storedVectors } from '../../engine/known-vectors.ts';
import { LivingIndex } from '../../engine/living-index.ts';
import { loadGeneration } from '../../engine/load.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import { loadSections } from '../../engine/store/index.ts';
import { verifyGeneration } from '../../engine/store/verify/verify.ts';
import { StoredPosts } from '../../engine/stored-posts.ts';
import { COUNTED_FIELDS, type SearchMode, type SearchRequest, type SearchResult } from '../../engine/types.ts';
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

/** One written anew, one whose title alone is another, two that are new, one with one more paragraph, and one that is gone. */
const put = [
  rewritten(posts[2]!, posts[12]!),
  { ...posts[5]!, title: 'How to warm the page cache before visitors come' },
  posts[13]!,
  posts[14]!,
  { ...posts[3]!, html: `${posts[3]!.html}<h2>Added later</h2><p>The tapir is a shy animal of the night.</p>` },
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

/** What was so while the words were there and the vectors were not. */
let between: { readonly embedded: readonly number[]; readonly found: Readonly<Record<SearchMode, readonly string[]>> };

/** Ids of the posts that are found by words of a title that was put, in each mode. */
async function foundByWay(parts: OpenParts): Promise<Record<SearchMode, string[]>> {
  const found: Record<SearchMode, string[]> = { bm25: [], dense: [], hybrid: [] };
  for (const mode of ['bm25', 'dense', 'hybrid'] as const) {
    const { hits } = await search(parts, ask(posts[13]!.title, { mode }));
    found[mode] = hits.map(({ postId }) => postId);
  }
  return found;
}

/** As a keeper looks it up. */
function knownOf({ config, index }: OpenParts, id: string): KnownVectors {
  const { manifest } = index.generation;
  const folder = join(config.index.directory, 'generations', manifest.generation);
  const stored = new StoredPosts({ folder, manifest, columns: loadSections(join(folder, 'posts.bin')) });
  try {
    return storedVectors(stored, new StoredVectors(loadVectors(join(folder, 'vectors.i8'), null, 1)), id);
  } finally {
    stored.close();
  }
}

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
    const own = await openBuildModels(config);
    const before = live.index.name;
    const cut = put.map((post) => cutPost(post, own, { content: config.content, known: knownOf(live, post.id) }));
    const numbered = cut.map(({ post }, at) => ({ id: post.record.id, version: 6 + at, post }));
    live.index.apply({
      upTo: { words: 10, vectors: 4 },
      changes: [{ id: gone, version: 5, post: null }, ...numbered],
      vectors: [],
    });
    expect(live.index.name).toBe(`${before}+10~4`);
    between = { embedded: cut.map(({ toEmbed }) => toEmbed.length), found: await foundByWay(live) };
    const prepared = await Promise.all(
      cut.map(async ({ post, toEmbed }): Promise<ChangedPost> => {
        const late = new Map<number, CodedVector>();
        for (const { passage, tokens } of toEmbed) late.set(passage, codeVector(await models.embedder.embed(tokens)));
        const passages = post.passages.map((passage, at) => ({ ...passage, vector: late.get(at) ?? passage.vector }));
        return { ...post, passages };
      }),
    );
    live.index.apply({
      upTo: { words: 10, vectors: 10 },
      changes: [],
      vectors: prepared.map(({ record: { id }, passages }, at) => ({
        ...{ id, version: 6 + at },
        vectors: passages.map(({ vector }) => vector),
      })),
    });
    expect(live.index.name).toBe(`${before}+10`);
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
        coverage: { history: 'ab'.repeat(8), sequence: 10 },
      },
      { clock: live.clock, progress: (stage) => stages.push(stage) },
    );
    merged = { ...live, index: new LivingIndex(new Generation(await loadGeneration(config, 1), 0)) };
    const { tokenBytes: _, generation: __, ...rest } = manifest;
    expect(rest).toMatchObject({ journal: { sequence: 10 }, embedder: live.index.generation.manifest.embedder });
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

  it('has their words first: until their vectors come, those passages take part in the lexical leg alone', () => {
    const { id } = posts[13]!;
    expect([between.found.bm25[0], between.found.hybrid.includes(id)]).toEqual([id, true]);
    expect(between.found.dense).not.toContain(id);
  });

  it('embeds what is new in them, and no passage that the post had before', () => {
    const { length } = put;
    expect([between.embedded[length - 1], Math.min(...between.embedded)]).toEqual([1, 1]);
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
