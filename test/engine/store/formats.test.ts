/** An index of every format that was ever written: it opens, or the refusal says what to do, and that works. */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../engine/clock.ts';
import { EngineError } from '../../../engine/errors.ts';
import { loadGeneration } from '../../../engine/load.ts';
import { packageRoot } from '../../../engine/package-root.ts';
import { PostStore, type SourcePost } from '../../../engine/source/index.ts';
import { currentGeneration, INDEX_FORMAT, openServing, swapGeneration } from '../../../engine/store/index.ts';
import { verifyGeneration } from '../../../engine/store/verify/verify.ts';
import { build, configFor, idsWith, opened, withoutModels } from '../build/sample-build.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';

const freshFolder = temporaryFolders();
const fixtures = join(packageRoot, 'test/fixtures/index');
const formats = readdirSync(fixtures)
  .filter((name) => name.startsWith('format-'))
  .map((name) => Number(name.replace('format-', '')));
const FROM = '/srv/example-site/posts.jsonl';

/** A copy, since opening a store may write. */
function copyOf(format: number): string {
  const index = join(freshFolder(), 'index');
  cpSync(join(fixtures, `format-${format}`), index, { recursive: true });
  return index;
}

async function storedPosts(index: string): Promise<SourcePost[]> {
  const store = PostStore.open(join(index, 'source'), FROM);
  const posts: SourcePost[] = [];
  for await (const post of store.posts()) posts.push(post);
  store.close();
  return posts;
}

describe('an index of an earlier format', () => {
  it('is kept here for each of them, the present one included', () => {
    expect(formats.sort()).toEqual(Array.from({ length: INDEX_FORMAT }, (_, at) => at + 1));
  });

  it.each(formats.filter((format) => format < INDEX_FORMAT))(
    '%i is refused with the command that migrates it, and stays as it is',
    async (format) => {
      const index = copyOf(format);
      const generation = currentGeneration(index)!;
      for (const refused of [
        loadGeneration(configFor(index, { models: withoutModels }), 1),
        swapGeneration(index, generation),
      ]) {
        const error = await refused.catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(EngineError);
        expect(error).toMatchObject({
          code: 'index_foreign',
          message: expect.stringContaining(`expected format ${INDEX_FORMAT}, got ${format}`),
          place: { remedy: `Build it again: wp-chat index --from ${FROM} --into ${index}` },
        });
      }
      expect(readdirSync(join(index, 'generations'))).toEqual([generation]);
    },
  );

  it.each(formats)('%i is built again from its stored posts, and then answers', async (format) => {
    const index = copyOf(format);
    const before = currentGeneration(index);
    const config = configFor(index, { models: withoutModels });
    await build({ config, posts: await storedPosts(index), embedder: null });
    expect(currentGeneration(index)).not.toBe(before);
    await opened(config, looksRight);
  });
});

describe('an index of the present format', () => {
  it('opens as it was written', async () => {
    const index = join(fixtures, `format-${INDEX_FORMAT}`);
    expect((await openServing(index)).fallback).toBeNull();
    await opened(configFor(index), (generation) => {
      expect(generation.name).toBe(currentGeneration(index));
      looksRight(generation);
      expect(generation.passageTokens(0).length).toBeGreaterThan(5);
      expect(generation.vectors!.search(new Float32Array(384).fill(0.05), 1, null).ids).toHaveLength(1);
    });
  });

  it('passes verification', async () => {
    const index = join(fixtures, `format-${INDEX_FORMAT}`);
    const job = {
      index,
      generation: currentGeneration(index)!,
      expansionSearch: 64,
      bytesPerSecondMax: null,
      deadlineMs: null,
      resume: null,
      seed: 1,
    };
    const report = await verifyGeneration(job, { clock: systemClock, sleep: async () => {}, progress: () => {} });
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('sound');
    expect(report.checks.map(({ state }) => state)).toEqual(Array.from(report.checks, () => 'passed'));
  });
});

function looksRight(generation: Parameters<Parameters<typeof opened>[1]>[0]): void {
  expect(idsWith(generation, 'tea')).toEqual(['1']);
  expect(idsWith(generation, 'Süden')).toEqual(['2']);
  expect(idsWith(generation, 'title')).toEqual(['3']);
  expect(generation.post(0)).toEqual({
    id: '1',
    title: 'Tea in the garden',
    url: 'https://example.com/tea/',
    dateMs: Date.UTC(2024, 4, 1, 8),
    author: 'Ada',
    categories: ['Drinks'],
    tags: ['tea', 'garden'],
    type: 'post',
    lang: 'en',
  });
  expect(generation.passage(0)).toEqual({
    text: 'Leaves\nGreen tea leaves are steamed, black ones wither first.\nWater\nBoiling water scalds green tea.',
    headingPath: [],
  });
}
