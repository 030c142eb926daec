import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../../server/config/schema.ts';
import { search } from '../../support/client.ts';
import { sampleQueries } from '../../support/sample-queries.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';

const { retrieval } = configSchema.parse({});
const TOLERANCE = 1e-4;

let server: ServerProcess;
beforeAll(async () => {
  server = await startSampleServer();
});
afterAll(() => server.stop());

const near = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));

describe('an explanation', () => {
  it.each(['hybrid', 'bm25'])("adds up: the terms' scores are the BM25 score, in mode %s", async (mode) => {
    for (const query of sampleQueries) {
      const { hits } = await search(server.url, { query, mode, rerank: false, explain: true, topk: 20 });
      for (const { id, scores, explain } of hits) {
        const sum = explain!.terms.reduce((total, { score }) => total + score, 0);
        expect(near(sum, scores.bm25!), `${query}: ${id}: ${sum} is not ${scores.bm25}`).toBe(true);
        for (const { tf, idf, score, queryWeight } of explain!.terms) {
          expect(tf === 0 ? score : Number(score > 0 && idf > 0 && queryWeight >= 1)).toBe(tf === 0 ? 0 : 1);
        }
      }
    }
  });

  it('adds up: the standardised legs, weighted, are the fused score', async () => {
    const { denseWeight } = retrieval.fusion;
    let hybrid = 0;
    for (const query of sampleQueries) {
      const answer = await search(server.url, {
        query,
        rerank: false,
        explain: true,
        fusion: 'standardised',
        topk: 100,
      });
      // One sample query is German, and served by words alone.
      if (answer.mode !== 'hybrid') continue;
      hybrid += 1;
      for (const { id, score, scores, explain } of answer.hits) {
        const { bm25, dense } = explain!.standardised;
        const sum = denseWeight * (dense ?? bm25 ?? 0) + (1 - denseWeight) * (bm25 ?? dense ?? 0);
        expect(near(sum, scores.fused!), `${query}: ${id}`).toBe(true);
        expect(score).toBe(scores.fused);
      }
    }
    expect(hybrid).toBeGreaterThan(30);
  });

  it('adds up: reciprocal ranks are the fused score', async () => {
    for (const query of sampleQueries.slice(0, 10)) {
      const { hits } = await search(server.url, { query, rerank: false, explain: true, fusion: 'rrf', topk: 100 });
      for (const { scores, explain } of hits) {
        const shares = [explain!.ranks.bm25, explain!.ranks.dense].map((rank) =>
          rank === null ? 0 : 1 / (retrieval.fusion.rrfK + rank),
        );
        expect(near(shares[0]! + shares[1]!, scores.fused!)).toBe(true);
      }
    }
  });

  it('adds up: the cross-encoder and the first stage, weighted, are the final score', async () => {
    for (const [mode, weight] of [
      ['hybrid', 0.5],
      ['bm25', 0.7],
    ] as const) {
      const { hits } = await search(server.url, { q: sampleQueries[0], mode, explain: true, topk: 50 });
      const reranked = hits.filter(({ scores }) => scores.rerank !== null);
      expect(reranked.length).toBe(Math.min(hits.length, retrieval.rerank.depth));
      for (const { score, rank, explain } of reranked) {
        const { firstStage, rerank } = explain!.standardised;
        expect(near(weight * rerank! + (1 - weight) * firstStage!, score)).toBe(true);
        expect(explain!.ranks.rerank).toBe(rank);
      }
      const mean = reranked.reduce((sum, { explain }) => sum + explain!.standardised.rerank!, 0) / reranked.length;
      expect(near(mean, 0)).toBe(true);
    }
  });

  it('names ranks that fit: fused ranks are the order without reranking', async () => {
    const { hits } = await search(server.url, { q: sampleQueries[4], rerank: false, explain: true, topk: 50 });
    expect(hits.map(({ explain }) => explain!.ranks.fused)).toEqual(hits.map((_, at) => at + 1));
    expect(hits.every(({ explain }) => explain!.ranks.bm25 !== null || explain!.ranks.dense !== null)).toBe(true);
  });

  it('is left out unless asked for', async () => {
    const { hits } = await search(server.url, { q: 'redis', rerank: false });
    expect(hits.every((hit) => !('explain' in hit))).toBe(true);
  });
});

describe('snippets', () => {
  const HOSTILE = [
    '<script>',
    'mark',
    '</mark><b>',
    '&amp;',
    'define(',
    "' OR 1=1 --",
    'wp db export',
    'class="x"',
    '<?php',
    '日本語',
  ];
  /** Everything but escaped text and well-formed, non-nested marks. */
  const CLEAN = /^(?:[^<>&"']|&(?:amp|lt|gt|quot|#39);|<mark>(?:[^<>&"']|&(?:amp|lt|gt|quot|#39);)+<\/mark>)*$/u;

  it('hold nothing but escaped text and marks', async () => {
    let marks = 0;
    for (const query of [...sampleQueries, ...HOSTILE]) {
      for (const mode of ['bm25', 'dense']) {
        const { hits } = await search(server.url, { query, mode, rerank: false, topk: 30, collapse: 'passage' });
        for (const { id, snippet } of hits) {
          expect(snippet, `${query}: ${id}`).toMatch(CLEAN);
          const shown = snippet.replaceAll(/<\/?mark>/g, '').replaceAll(/&(?:amp|lt|gt|quot|#39);/g, '&');
          expect(shown.length).toBeLessThanOrEqual(retrieval.snippetCharsMax + 2);
          marks += snippet.includes('<mark>') ? 1 : 0;
        }
      }
    }
    expect(marks).toBeGreaterThan(500);
  });

  it('mark the words that were looked for', async () => {
    const { hits } = await search(server.url, { q: 'redis', mode: 'bm25', rerank: false });
    for (const { snippet } of hits) expect(snippet.toLowerCase()).toContain('<mark>redis');
  });
});
