import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../engine/clock.ts';
import type { Embedder } from '../../engine/dense/index.ts';
import { EngineError } from '../../engine/errors.ts';
import { runPipeline } from '../../engine/pipeline.ts';
import { samplePosts } from './build/sample-build.ts';
import { ask, idsOf, type OpenParts, openParts, QUERY, RERANK_DEPTH, search } from './open-parts.ts';
import { temporaryFolders } from './source/temporary-folder.ts';

const freshFolder = temporaryFolders();
const worn = new EngineError('model_failed', 'Cannot run: worn out');

/** The calendar goes on by a millisecond each time it is looked at, so that a deadline names the look that finds it passed. */
const countingClock = (): Clock => {
  let looks = 0;
  return { nowUs: () => 0, wallMs: () => ++looks };
};

describe('a query', () => {
  const posts = samplePosts(12);
  let parts: OpenParts;
  beforeAll(async () => {
    parts = await openParts(freshFolder(), posts);
  });
  afterAll(() => parts.close());

  describe('whose time is up', () => {
    const looks = ['queueMs', 'embedMs', 'fuseMs'] as const;

    it.each(looks)('before the ranking stands says in which stage: %s', async (stage) => {
      const request = ask(QUERY, { rerank: true, deadlineAtMs: looks.indexOf(stage) + 1 });
      expect(await runPipeline({ ...parts, clock: countingClock() }, request)).toEqual({ kind: 'deadline', stage });
    });

    it('after that drops what is left of the reranking, says so, and answers', async () => {
      const unranked = await search(parts, ask(QUERY));
      for (let done = 0; done <= RERANK_DEPTH; done++) {
        const request = ask(QUERY, { rerank: true, deadlineAtMs: looks.length + 1 + done });
        const result = await search(
          { ...parts, clock: countingClock(), reranker: parts.rerankerOf(parts.models.encoder, 0) },
          request,
        );
        expect(result.degraded).toEqual(
          done === 0 ? ['rerank_deadline'] : done < RERANK_DEPTH ? ['rerank_partial'] : [],
        );
        expect(result.hits.filter(({ scores }) => scores.rerank !== null)).toHaveLength(done);
        expect(result.reranked).toBe(done > 0);
        expect(idsOf(result).slice(done)).toEqual(idsOf(unranked).slice(done));
        expect(result.total).toBe(unranked.total);
      }
    });
  });

  describe('whose parts fail', () => {
    const broken: Embedder = {
      get card() {
        return parts.models.embedder.card;
      },
      embed: () => Promise.reject(worn),
      close: () => Promise.resolve(),
    };

    it('answers by words alone when the embedder fails, whatever mode was asked for', async () => {
      const words = await search(parts, ask(QUERY, { mode: 'bm25' }));
      for (const mode of ['hybrid', 'dense'] as const) {
        const result = await search({ ...parts, embedder: parts.embedderOf(broken) }, ask(QUERY, { mode }));
        expect(result).toMatchObject({ mode: 'bm25', degraded: ['dense_failed'], model: { embedder: null } });
        expect(idsOf(result)).toEqual(idsOf(words));
      }
    });

    it('answers as the first stage ranked when the reranker fails', async () => {
      const failing = parts.rerankerOf({ ...parts.models.encoder, score: () => Promise.reject(worn) });
      const result = await search({ ...parts, reranker: failing }, ask(QUERY, { rerank: true }));
      expect(result).toMatchObject({ degraded: ['rerank_failed'], reranked: false, model: { reranker: null } });
      expect(idsOf(result)).toEqual(idsOf(await search(parts, ask(QUERY))));
    });

    it('answers without either when both are missing or failing, and names both', async () => {
      const missing = await search({ ...parts, embedder: null, reranker: null }, ask(QUERY, { rerank: true }));
      expect([missing.mode, missing.degraded]).toEqual(['bm25', ['dense_unavailable', 'rerank_unavailable']]);
      expect(missing.hits.length).toBeGreaterThan(0);
      const unasked = await search({ ...parts, embedder: null, reranker: null }, ask(QUERY, { mode: 'bm25' }));
      expect(unasked.degraded).toEqual([]);
    });

    it('leaves a query in a language that the models do not know to the words', async () => {
      const query = 'Warum ist meine Webseite nach der Aktualisierung so langsam geworden?';
      const result = await search(parts, ask(query, { rerank: true }));
      expect([result.mode, result.degraded]).toEqual(['bm25', ['dense_language', 'rerank_language']]);
    });

    it('tells a bug from a failure of the model: it is an outcome too, of its own code', async () => {
      const bug: Embedder = {
        ...broken,
        card: parts.models.embedder.card,
        embed: () => Promise.reject(new TypeError('x is not a function')),
      };
      expect(await runPipeline({ ...parts, embedder: parts.embedderOf(bug) }, ask(QUERY))).toMatchObject({
        kind: 'failed',
        code: 'internal',
        detail: expect.stringContaining('x is not a function'),
      });
    });
  });
});
