import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SourcePost } from '../../../engine/source/index.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';
import { build, configFor, idsWith, opened, post, samplePosts, withoutModels } from './sample-build.ts';

const freshFolder = temporaryFolders();

describe('a build without models', () => {
  const languages = (...codes: (string | null)[]): SourcePost[] =>
    codes.map((lang, at) => post(`${at}`, { lang, text: '42' }));

  it('serves words only', async () => {
    const config = configFor(freshFolder(), { models: withoutModels });
    const { manifest } = await build({ config, posts: samplePosts(10), embedder: null });
    expect(manifest).toMatchObject({
      embedder: null,
      reranker: null,
      graph: null,
      tokenBytes: 2,
      counts: { posts: 10, vectors: 0 },
    });
    expect(Object.keys(manifest.files).sort()).toEqual([
      'documents.bin',
      'lexical.bin',
      'originals.bin',
      'posts.bin',
      'tokens.bin',
    ]);
    expect(existsSync(join(config.index.directory, 'vectors'))).toBe(false);
    await opened(config, (generation) => {
      expect(generation.vectors).toBeNull();
      expect(generation.passageTokens(0)).toHaveLength(0);
      expect(idsWith(generation, 'cache')).toContain('101');
      expect(generation.likeness(0, generation.columns.firstPassage[1]! - 1)).toBe(1);
      expect(generation.likeness(0, generation.columns.firstPassage[1]!)).toBe(0);
    });
  });

  it.each([
    ['de', ['de', 'en', 'de-AT', 'fr']],
    ['es', [null, null, null, 'es']],
    ['de', ['en', 'de']],
    ['en', [null, null]],
    ['en', []],
  ] as const)('analyses as %s, which most of its posts are in', async (language, codes) => {
    const config = configFor(freshFolder(), { models: withoutModels });
    const { manifest } = await build({ config, posts: languages(...codes), embedder: null });
    expect(manifest.analysis.language).toBe(language);
    expect(await opened(config, ({ columns }) => columns.posts)).toBe(codes.length);
  });

  it('analyses as configured, whatever its posts are in', async () => {
    const config = configFor(freshFolder(), { models: withoutModels, content: { language: 'ru' } });
    expect((await build({ config, posts: languages('de', 'de'), embedder: null })).manifest.analysis.language).toBe(
      'ru',
    );
  });

  it('tells the language of posts that do not', async () => {
    const config = configFor(freshFolder(), { models: withoutModels });
    const text = 'Der Speicher der Seite ist voll, und deshalb kann das Bild nicht mehr hochgeladen werden.';
    await build({ config, posts: [post('1', { text })], embedder: null });
    expect(await opened(config, (generation) => generation.post(0).lang)).toBe('de');
  });

  it('with the smallest passages that can be set still cuts between words', async () => {
    const config = configFor(freshFolder(), {
      models: withoutModels,
      content: { passageTokensMax: 48, passageTokensTarget: 32 },
    });
    await build({ config, posts: samplePosts(2), embedder: null });
    await opened(config, (generation) => {
      const texts = Array.from(generation.columns.postOf, (_, id) => generation.passage(id).text);
      expect(texts.reduce((sum, text) => sum + text.length, 0) / texts.length).toBeGreaterThan(50);
    });
  });
});
