import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine, openEngines } from '../../engine/index.ts';
import { loadGeneration } from '../../engine/load.ts';
import { build, configFor, samplePosts } from './build/sample-build.ts';
import { shippedModels } from './models/support.ts';
import { ask, type OpenParts, openParts, QUERY, search } from './open-parts.ts';
import { temporaryFolders } from './source/temporary-folder.ts';

const freshFolder = temporaryFolders();

describe('the engine', () => {
  const posts = samplePosts(12);
  let parts: OpenParts;
  beforeAll(async () => {
    parts = await openParts(freshFolder(), posts);
  });
  afterAll(() => parts.close());

  it('gives the answers of its parts', async () => {
    const engine = await openEngine({ config: parts.config, shared: await loadGeneration(parts.config, 2), slot: 1 });
    expect(engine.models).toEqual({
      embedder: { state: 'ready', name: 'all-minilm-l6-v2' },
      reranker: { state: 'ready', name: 'wp-chat-rerank-en' },
    });
    const outcome = await engine.search(ask(QUERY, { rerank: true }));
    const own = await search(parts, ask(QUERY, { rerank: true }));
    expect(outcome).toMatchObject({ kind: 'ok', result: { hits: own.hits, total: own.total, degraded: [] } });
    await engine.close();
  });

  it('serves without a model that is missing, switched off, or not the one of the index', async () => {
    const models = { directory: shippedModels, embedder: 'none', reranker: 'gone' };
    const engine = await openEngine({
      config: { ...parts.config, models },
      shared: await loadGeneration(parts.config, 1),
      slot: 0,
    });
    expect(engine.models).toMatchObject({
      embedder: { state: 'off' },
      reranker: { state: 'unavailable', code: 'model_missing' },
    });
    expect(await engine.search(ask(QUERY, { rerank: true }))).toMatchObject({
      kind: 'ok',
      result: { mode: 'bm25', degraded: ['dense_unavailable', 'rerank_unavailable'] },
    });
    await engine.close();

    const plain = configFor(freshFolder(), { models: { embedder: 'none', reranker: 'none' } });
    await build({ config: plain, posts: posts.slice(0, 3), embedder: null });
    const shared = await loadGeneration(plain, 1);
    const over = await openEngine({ config: { ...parts.config, index: plain.index }, shared, slot: 0 });
    expect(over.models).toMatchObject({
      embedder: { state: 'unavailable', code: 'model_missing' },
      reranker: { state: 'ready' },
    });
    // The index has no tokens of this reranker, so it reads the words.
    const outcome = await over.search(ask(QUERY, { rerank: true }));
    expect(outcome).toMatchObject({ kind: 'ok', result: { reranked: true, degraded: ['dense_unavailable'] } });
    expect(outcome.kind === 'ok' && outcome.result.hits[0]!.postId).toBe('101');
    await over.close();
  });

  it('over two indexes with the same models, each gives the answers of an engine of its own', async () => {
    // The same numbers of passages stand for other words here.
    const other = configFor(freshFolder(), { retrieval: { rerank: { depth: 6 } } });
    await build({ config: other, posts: [...posts].reverse(), embedder: parts.models.embedder });
    const indexes = [await loadGeneration(parts.config, 2), await loadGeneration(other, 2)];
    const request = ask(QUERY, { rerank: true });
    const alone = [];
    for (const shared of indexes) {
      const engine = await openEngine({ config: parts.config, shared, slot: 0 });
      const outcome = await engine.search(request);
      alone.push(outcome.kind === 'ok' ? outcome.result.hits : null);
      await engine.close();
    }
    expect(alone[0]!.map(({ scores }) => scores.rerank)).toEqual(alone[1]!.map(({ scores }) => scores.rerank));
    const engines = openEngines({ config: parts.config, slot: 1 });
    const both = [await engines.open(indexes[0]!), await engines.open(indexes[1]!)];
    for (const at of [0, 1, 0, 1]) {
      const outcome = await both[at]!.search(request);
      expect(outcome).toMatchObject({ kind: 'ok', result: { hits: alone[at], reranked: true, degraded: [] } });
    }
    await both[0]!.close();
    expect(await both[1]!.search(request)).toMatchObject({ kind: 'ok', result: { hits: alone[1] } });
    await both[1]!.close();
    await engines.close();
  });

  it('a model that one index cannot use is there for the next', async () => {
    const plain = configFor(freshFolder(), { models: { embedder: 'none', reranker: 'none' } });
    await build({ config: plain, posts: posts.slice(0, 3), embedder: null });
    const engines = openEngines({ config: parts.config, slot: 0 });
    const without = await engines.open(await loadGeneration(plain, 1));
    expect(without.models.embedder).toMatchObject({ state: 'unavailable', code: 'model_missing' });
    const withIt = await engines.open(await loadGeneration(parts.config, 1));
    expect(withIt.models.embedder).toMatchObject({ state: 'ready' });
    await without.close();
    await withIt.close();
    await engines.close();
  });
});
