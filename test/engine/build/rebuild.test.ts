/** An index is built anew from what is stored in it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { storedPosts } from '../../../engine/build/carried.ts';
import { openBuildModels, type Rebuilt, rebuildGeneration } from '../../../engine/build/index.ts';
import type { EngineConfig } from '../../../engine/config.ts';
import type { Embedder } from '../../../engine/dense/index.ts';
import { currentGeneration, verifyCurrent } from '../../../engine/store/index.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';
import {
  build,
  configFor,
  idsWith,
  opened,
  openShippedEmbedder,
  post,
  samplePosts,
  withoutModels,
} from './sample-build.ts';

const freshFolder = temporaryFolders();
const POSTS = 12;
const HISTORY = '0123456789abcdef';

interface Asked {
  readonly embedder?: Embedder | null;
  readonly fresh?: boolean;
  readonly accept?: boolean;
  /** Stage or `embed` at which it is interrupted. */
  readonly interruptAt?: string;
}

async function rebuild(
  config: EngineConfig,
  { embedder = null, fresh = false, accept = false, interruptAt }: Asked = {},
): Promise<Rebuilt & { embedded: number }> {
  const interrupt = new AbortController();
  let embedded = 0;
  const at = (place: string): void => {
    if (place === interruptAt) interrupt.abort(new Error('Interrupted'));
  };
  const rebuilt = await rebuildGeneration(
    { config, models: await openBuildModels(config), fresh, accept, threads: 1 },
    {
      embed: async (texts) => {
        const vectors: Float32Array[] = [];
        for (const ids of texts) vectors.push(await embedder!.embed(ids));
        embedded += texts.length;
        return vectors;
      },
      embedParallel: 1,
      clock: { nowUs: () => 0, wallMs: () => Date.UTC(2026, 0, 3) },
      progress: ({ stage }) => at(stage),
      signal: interrupt.signal,
    },
  );
  return { ...rebuilt, embedded };
}

const harm = (config: EngineConfig, generation: string, file: string): void => {
  const path = join(config.index.directory, 'generations', generation, file);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
};

async function words(posts = samplePosts(POSTS)) {
  const config = configFor(freshFolder(), { models: withoutModels });
  const { manifest } = await build({ config, posts, embedder: null });
  return { config, manifest, posts };
}

describe('a rebuild', () => {
  it('of a sound index has the same bytes and the same answers', async () => {
    const { config, manifest } = await words();
    const before = await opened(config, (generation) => idsWith(generation, 'cache'));
    const rebuilt = await rebuild(config);
    expect(rebuilt).toMatchObject({ from: manifest.generation, passedOver: [] });
    expect(rebuilt.manifest.generation).not.toBe(manifest.generation);
    expect(rebuilt.comparison.counts.posts).toEqual({ old: POSTS, new: POSTS });
    expect(new Set(Object.values(rebuilt.comparison.files))).toEqual(new Set(['same']));
    expect(rebuilt.manifest.files).toEqual(manifest.files);
    expect(currentGeneration(config.index.directory)).toBe(rebuilt.manifest.generation);
    expect(await opened(config, (generation) => idsWith(generation, 'cache'))).toEqual(before);
  });

  it.each(['lexical.bin', 'tokens.bin'])('of one whose %s is damaged makes it whole', async (file) => {
    const { config, manifest } = await words();
    harm(config, manifest.generation, file);
    await expect(verifyCurrent(config.index.directory)).rejects.toThrow(file);
    expect((await rebuild(config)).manifest.files).toEqual(manifest.files);
    await verifyCurrent(config.index.directory);
  });

  it('keeps what was put live, versions, and up to where the journal is covered', async () => {
    const config = configFor(freshFolder(), { models: withoutModels });
    const coverage = { history: HISTORY, sequence: 7 };
    const live = { post: post('live', { text: 'A zebra was put.' }), version: 5, live: true };
    const carried = { coverage, posts: () => [live] };
    const { manifest } = await build({ config, posts: samplePosts(3), embedder: null, carried });
    const rebuilt = await rebuild(config);
    expect(rebuilt.manifest.journal).toEqual(coverage);
    expect(rebuilt.manifest.files).toEqual(manifest.files);
    expect(
      [...storedPosts(await verifyCurrent(config.index.directory))].map(({ version, live }) => [version, live]),
    ).toEqual([
      [7, false],
      [7, false],
      [7, false],
      [5, true],
    ]);
  });
});

describe('where the documents of what serves are damaged', () => {
  it.each(['documents.bin', 'originals.bin', 'posts.bin', 'manifest.json'])(
    'in %s, the newest other one is taken',
    async (file) => {
      const { config, manifest: older, posts } = await words();
      const { manifest } = await build({ config, posts, embedder: null });
      harm(config, manifest.generation, file);
      const rebuilt = await rebuild(config);
      expect(rebuilt.from).toBe(older.generation);
      expect(rebuilt.passedOver).toMatchObject([
        { generation: manifest.generation, damage: expect.stringContaining(file) },
      ]);
    },
  );

  it('and the other one has fewer posts, that is refused with the figures, unless it is accepted', async () => {
    const { config, manifest: older, posts } = await words(samplePosts(5));
    const { manifest } = await build({ config, posts: [...posts, post('more')], embedder: null });
    harm(config, manifest.generation, 'documents.bin');
    await expect(rebuild(config)).rejects.toMatchObject({
      code: 'index_shrunk',
      message: expect.stringContaining('posts 6 to 5'),
      place: { remedy: expect.stringContaining('--accept') },
    });
    expect(currentGeneration(config.index.directory)).toBe(manifest.generation);
    expect(await rebuild(config, { accept: true })).toMatchObject({
      from: older.generation,
      comparison: { with: manifest.generation, counts: { posts: { old: 6, new: 5 } } },
    });
  });

  it('and there is no other one, it is said what to do, and nothing changes', async () => {
    const { config, manifest } = await words();
    harm(config, manifest.generation, 'documents.bin');
    await expect(rebuild(config)).rejects.toMatchObject({
      code: 'index_damaged',
      place: { remedy: expect.stringContaining('wp-chat backup restore') },
    });
    expect(currentGeneration(config.index.directory)).toBe(manifest.generation);
    await expect(rebuild(configFor(freshFolder(), { models: withoutModels }))).rejects.toMatchObject({
      code: 'index_missing',
    });
  });
});

it('interrupted at any stage it changes nothing, and the next one embeds nothing again; afresh it embeds all', async () => {
  const config = configFor(freshFolder(), { models: { reranker: 'none' } });
  const embedder = await openShippedEmbedder();
  try {
    const { manifest, embedded } = await build({ config, posts: samplePosts(3), embedder });
    harm(config, manifest.generation, 'vectors.usearch');
    for (const interruptAt of ['passages', 'lexical', 'graph', 'checksums'])
      await expect(rebuild(config, { embedder, interruptAt }), interruptAt).rejects.toThrow('Interrupted');
    expect(currentGeneration(config.index.directory)).toBe(manifest.generation);
    await expect(rebuild(config, { embedder, fresh: true, interruptAt: 'lexical' })).rejects.toThrow('Interrupted');
    const resumed = await rebuild(config, { embedder });
    expect([resumed.embedded, resumed.comparison.files['vectors.i8']]).toEqual([0, 'same']);
    await verifyCurrent(config.index.directory);
    expect((await rebuild(config, { embedder, fresh: true })).embedded).toBe(embedded);
  } finally {
    await embedder.close();
  }
});
