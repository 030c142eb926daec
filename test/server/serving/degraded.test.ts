import { cpSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { answerSchema } from '../../../server/wire/index.ts';
import { ask, search } from '../../support/client.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { startSampleServer } from '../../support/server.ts';

interface Health {
  readonly status: string;
  readonly ready: boolean;
  readonly models: Readonly<Record<'embedder' | 'reranker', { state: string; code?: string; detail?: string }>>;
}

const EMBEDDER = 'all-minilm-l6-v2/model_int8.onnx';
const RERANKER = 'wp-chat-rerank-en/model_int8.onnx';

/** A copy of the models with one file cut short. */
function truncated(file: string): string {
  const copy = scratchFolder();
  cpSync(join(packageRoot, 'data/models'), copy, { recursive: true });
  truncateSync(join(copy, file), Math.floor(statSync(join(copy, file)).size / 2));
  return copy;
}

describe('a server without some of its models', () => {
  it.each([
    {
      name: 'no model directory has anything in it',
      models: scratchFolder,
      states: { embedder: ['unavailable', 'model_missing'], reranker: ['unavailable', 'model_missing'] },
      mode: 'bm25',
      degraded: ['dense_unavailable', 'rerank_unavailable'],
    },
    {
      name: "the embedder's file is cut short",
      models: () => truncated(EMBEDDER),
      states: { embedder: ['unavailable', 'model_damaged'], reranker: ['ready', undefined] },
      mode: 'bm25',
      degraded: ['dense_unavailable'],
    },
    {
      name: "the reranker's file is cut short",
      models: () => truncated(RERANKER),
      states: { embedder: ['ready', undefined], reranker: ['unavailable', 'model_damaged'] },
      mode: 'hybrid',
      degraded: ['rerank_unavailable'],
    },
  ])('serves what it can, and says what is missing, when $name', async ({ models, states, mode, degraded }) => {
    const directory = models();
    const server = await startSampleServer({ set: [`models.directory=${directory}`, 'retrieval.rerank.depth=3'] });
    try {
      const { status, body: health } = await ask<Health>(`${server.url}/stats/health`);
      expect([status, health.status, health.ready]).toEqual([200, 'degraded', true]);
      for (const role of ['embedder', 'reranker'] as const) {
        const { state, code, detail } = health.models[role];
        expect([state, code]).toEqual(states[role]);
        if (state === 'unavailable') expect(detail).toContain(directory);
      }
      const answer = await search(server.url, { q: 'restore a backup' });
      expect(answerSchema.safeParse(answer).error).toBeUndefined();
      expect(answer).toMatchObject({ mode, degraded });
      expect(answer.hits.length).toBe(10);
      // What does not need the missing part is not called degraded.
      expect((await search(server.url, { q: 'restore a backup', mode: 'bm25', rerank: false })).degraded).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  it('is not called degraded where the configuration leaves them out', async () => {
    const server = await startSampleServer({ set: ['models.reranker=none'] });
    try {
      const { body: health } = await ask<Health>(`${server.url}/stats/health`);
      expect([health.status, health.models.reranker]).toEqual(['ok', { state: 'off' }]);
    } finally {
      await server.stop();
    }
  });
});
