/** One thread answers queries that name variants. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineConfig } from '../../engine/config.ts';
import {
  countStop,
  type Engine,
  type Engines,
  newRunning,
  openEngine,
  openEngines,
  stopsOf,
} from '../../engine/index.ts';
import { loadGeneration } from '../../engine/load.ts';
import { type RerankCard, readCard } from '../../engine/models/index.ts';
import { openCrossEncoder } from '../../engine/rerank/index.ts';
import type { OutsideScores, SearchRequest, SearchResult, Unscored, WorkerOutcome } from '../../engine/types.ts';
import { patched, type Variant } from '../../engine/variant.ts';
import { triedModels } from '../support/tried-models.ts';
import { build, configFor, openShippedEmbedder, samplePosts } from './build/sample-build.ts';
import { ask, QUERY } from './open-parts.ts';
import { temporaryFolders } from './source/temporary-folder.ts';

const freshFolder = temporaryFolders();
const QUERIES = [QUERY, 'slow database', 'how do I back up the site'];
const TRIED = 'wp-chat-rerank-tried';

const variant = (name: string, changes: Partial<Variant> = {}): Variant => ({
  ...{ name, rerank: null, retrieval: {}, reranker: null, generation: null },
  ...changes,
});

/** All but how long it took. */
const said = ({ timings: _, variants: __, ...rest }: SearchResult): object => rest;

function found(outcome: WorkerOutcome): SearchResult {
  return outcome.kind === 'ok' ? outcome.result : expect.unreachable(JSON.stringify(outcome));
}

describe('a thread that knows variants', () => {
  const running = newRunning();
  let config: EngineConfig;
  let engines: Engines;
  let engine: Engine;
  let serial = 0;
  beforeAll(async () => {
    const directory = triedModels();
    config = configFor(freshFolder(), { models: { directory }, retrieval: { rerank: { depth: 4 } } });
    const embedder = await openShippedEmbedder();
    await build({ config, posts: samplePosts(14), embedder });
    await embedder.close();
    engines = openEngines({ config, slot: 0, running });
    engine = await engines.open(await loadGeneration(config, 1));
  });
  afterAll(async () => {
    await engine.close();
    await engines.close();
  });

  /** All of them run. */
  async function know(...variants: Variant[]): Promise<void> {
    serial += 1;
    running.fill(0);
    const places = variants.map((one, at) => ({ variant: one, at, serial: serial * 100 + at }));
    for (const { at, serial } of places) running[at] = serial;
    await engines.arm({ serial, variants: places, faults: [] });
  }

  it('answers queries that name none as if there were none', async () => {
    for (const query of QUERIES) {
      const request = ask(query, { rerank: true, explain: true });
      await know();
      const before = found(await engine.ask(request));
      await know(variant('a', { rerank: false }), variant('b', { retrieval: { candidates: 10 } }));
      const after = found(await engine.ask(request));
      expect(JSON.stringify(said(after))).toBe(JSON.stringify(said(before)));
      expect([after.variants, Object.keys(after)]).toEqual([[], Object.keys(before)]);
    }
  });

  it('answers with a variant what an engine answers that is configured so', async () => {
    const patch: fc.Arbitrary<Variant['retrieval']> = fc.record(
      {
        mode: fc.constantFrom('hybrid', 'dense', 'bm25'),
        queryTermsMax: fc.integer({ min: 1, max: 4 }),
        candidates: fc.integer({ min: 10, max: 40 }),
        fusion: fc.record({
          kind: fc.constantFrom('standardised', 'rrf'),
          denseWeight: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        mmr: fc.record({ enabled: fc.boolean(), lambda: fc.double({ min: 0, max: 1, noNaN: true }) }),
        rerank: fc.record({ depth: fc.integer({ min: 1, max: 6 }) }),
        snippetCharsMax: fc.integer({ min: 40, max: 300 }),
      },
      { requiredKeys: [] },
    );
    const shared = await loadGeneration(config, 1);
    await fc.assert(
      fc.asyncProperty(patch, fc.constantFrom(...QUERIES), fc.boolean(), async (retrieval, query, rerank) => {
        await know(variant('patched', { retrieval }));
        const settings = patched(config.retrieval, [variant('', { retrieval })]);
        const other = await openEngine({
          config: {
            ...config,
            retrieval: settings,
            ...(rerank ? {} : { models: { ...config.models, reranker: 'none' } }),
          },
          shared,
          slot: 0,
        });
        const configured = { mode: settings.mode, fusion: settings.fusion.kind, diversify: settings.mmr.enabled };
        const expected = found(await other.ask(ask(query, { rerank, explain: true, ...configured })));
        await other.close();
        const answer = found(await engine.ask(ask(query, { rerank, explain: true, variants: ['patched'] })));
        expect(said(answer)).toEqual(said(expected));
        expect(answer.variants).toEqual(['patched']);
      }),
      { numRuns: 8 },
    );
  });

  it('leaves to a request what it asks for otherwise than the configuration', async () => {
    await know(variant('rrf', { retrieval: { fusion: { kind: 'rrf' }, mode: 'bm25' } }));
    const asked = ask(QUERY, { mode: 'dense', diversify: true });
    expect(said(found(await engine.ask({ ...asked, variants: ['rrf'] })))).toEqual(
      said(found(await engine.ask(asked))),
    );
  });

  it('does not rerank where a variant says so, and says that', async () => {
    await know(variant('off', { rerank: false }), variant('on', { rerank: true }));
    const without = found(await engine.ask(ask(QUERY)));
    const off = found(await engine.ask(ask(QUERY, { rerank: true, variants: ['off'] })));
    expect(off).toMatchObject({ degraded: ['rerank_off'], reranked: false, variants: ['off'] });
    expect(off.hits).toEqual(without.hits);
    expect(found(await engine.ask(ask(QUERY, { variants: ['off'] }))).degraded).toEqual([]);
    const later = found(await engine.ask(ask(QUERY, { rerank: true, variants: ['off', 'on'] })));
    expect(later).toMatchObject({ degraded: [], reranked: true, variants: ['off', 'on'] });
  });

  it('does not go on with what was stopped meanwhile, and leaves it out from then on', async () => {
    await know(variant('off', { rerank: false }), variant('few', { retrieval: { candidates: 10 } }));
    const request = ask(QUERY, { rerank: true, variants: ['off', 'few'] });
    const underway = engine.ask(request);
    // It is on its first stage, and has begun with both.
    running[0] = 0;
    expect(await underway).toEqual({ kind: 'stopped' });
    expect(found(await engine.ask(request))).toMatchObject({ variants: ['few'], reranked: true, degraded: [] });
    running[1] = 0;
    const after = found(await engine.ask(request));
    expect(after.variants).toEqual([]);
    expect(said(after)).toEqual(said(found(await engine.ask({ ...request, variants: [] }))));
    expect(found(await engine.ask({ ...request, variants: ['unheard of'] })).variants).toEqual([]);
  });

  it('does not begin, nor go on with, what left before anything was stopped, whatever it names', async () => {
    for (const variants of [[], ['unheard of']]) {
      const stops = stopsOf(running);
      const underway = engine.ask(ask(QUERY, { rerank: true, variants }), stops);
      countStop(running);
      expect(await underway).toEqual({ kind: 'stopped' });
      expect(await engine.ask(ask(QUERY, { variants }), stops)).toEqual({ kind: 'stopped' });
      expect(found(await engine.ask(ask(QUERY, { variants }), stops + 1)).variants).toEqual([]);
    }
  });

  describe('of a reranker that runs elsewhere', () => {
    /** Scores as another process would make them. */
    async function scored({ pairs, known }: Unscored, changes: Partial<OutsideScores> = {}): Promise<OutsideScores> {
      const dir = `${config.models.directory}/${TRIED}`;
      const encoder = await openCrossEncoder((await readCard(dir)) as RerankCard, dir);
      const logits = new Map<string, number | null>(known);
      for (const { key, ids, typeIds } of pairs) logits.set(key, await encoder.score(ids, typeIds));
      await encoder.close();
      return { model: TRIED, logits, failed: null, tookMs: 7, ...changes };
    }
    const request = ask(QUERY, { rerank: true, explain: true, variants: ['tried'] });
    const asked = async (one: Engine, changes: Partial<SearchRequest> = {}): Promise<Unscored> => {
      const outcome = await one.ask({ ...request, ...changes });
      return outcome.kind === 'unscored' ? outcome : expect.unreachable(JSON.stringify(outcome));
    };
    beforeAll(() => know(variant('tried', { reranker: TRIED })));

    it('asks for its scores, and then answers what it would have answered with that model', async () => {
      const unscored = await asked(engine);
      expect(unscored).toMatchObject({ model: TRIED, known: new Map() });
      expect(unscored.pairs).toHaveLength(4);
      const answer = found(await engine.ask({ ...request, scores: await scored(unscored) }));
      const models = { ...config.models, reranker: TRIED };
      const other = await openEngine({
        config: { ...config, models },
        shared: await loadGeneration(config, 1),
        slot: 0,
      });
      expect(said(answer)).toEqual(said(found(await other.ask({ ...request, variants: [] }))));
      await other.close();
      expect(answer).toMatchObject({ reranked: true, degraded: [], variants: ['tried'], model: { reranker: TRIED } });
      expect(answer.timings.rerankMs).toBeGreaterThanOrEqual(7);
      expect(answer.timings.totalMs).toBeGreaterThanOrEqual(answer.timings.rerankMs);
    });

    it('remembers them, and the configured model has scores of its own', async () => {
      expect(found(await engine.ask(request)).degraded).toEqual([]);
      const one = found(await engine.ask({ ...request, variants: [] }));
      const other = found(await engine.ask(request));
      expect(one.model.reranker).toBe('wp-chat-rerank-en');
      expect(other.hits.map(({ score }) => score)).not.toEqual(one.hits.map(({ score }) => score));
    });

    it('says what it lacks where none came, or not all', async () => {
      await know(variant('tried', { reranker: TRIED, retrieval: { rerank: { depth: 6 } } }));
      const unscored = await asked(engine);
      expect([unscored.known.size, unscored.pairs.length]).toEqual([4, 2]);
      const failed = found(await engine.ask({ ...request, scores: await scored(unscored, { failed: 'It died' }) }));
      expect(failed).toMatchObject({ reranked: false, degraded: ['rerank_failed'], variants: ['tried'] });
      const logits = new Map<string, number | null>((await scored(unscored)).logits);
      logits.set(unscored.pairs[1]!.key, null);
      const partly = found(await engine.ask({ ...request, scores: await scored(unscored, { logits }) }));
      expect(partly).toMatchObject({ reranked: true, degraded: ['rerank_partial'] });
      const misses = { query: 'restore a backup', scores: await scored(unscored) };
      expect((await asked(engine, misses)).pairs.length).toBeGreaterThan(0);
    });

    it('is answered as configured where it was stopped while it waited', async () => {
      const unscored = await asked(engine, { query: 'theme update' });
      running[0] = 0;
      const answer = found(await engine.ask({ ...request, query: 'theme update', scores: await scored(unscored) }));
      expect(answer).toMatchObject({ variants: [], reranked: true, model: { reranker: 'wp-chat-rerank-en' } });
    });
  });
});
