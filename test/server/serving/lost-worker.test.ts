import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { type Answer, ask, type BatchAnswer, lasting, type Problem, post, search } from '../../support/client.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';

/** Three times as many deaths as the process has scratch areas for workers. */
const POISONS = 9;
const preload = pathToFileURL(join(packageRoot, 'test/fixtures/server/dying-worker.mjs')).href;
const good = { q: 'redis', mode: 'bm25', rerank: false, topk: 5 };

let server: ServerProcess;
beforeAll(async () => {
  server = await startSampleServer({
    set: ['server.workers=1', 'models.embedder=none', 'models.reranker=none'],
    environment: {
      NODE_OPTIONS: `--import=${preload}`,
      KILLED_ONCE: join(scratchFolder(), 'once'),
    },
  });
});
afterAll(() => server.stop());

const lost = async (): Promise<number> =>
  (await ask<{ workersLost: number }>(`${server.url}/stats/metrics`)).body.workersLost;

it('a query whose worker dies is answered by the next one', async () => {
  const answer = await search(server.url, { ...good, q: 'query that kills once' });
  expect(answer.mode).toBe('bm25');
  expect(await lost()).toBe(1);
});

it('a query that kills every worker fails alone with worker_lost; its neighbours are answered', async () => {
  const queries = [good, { ...good, q: 'backup' }, { ...good, q: 'poisonous query' }, { ...good, q: 'theme' }];
  const { body } = await post<BatchAnswer>(`${server.url}/search/batch`, { queries });
  expect(body.results.map((result) => ('code' in result ? result.code : result.query))).toEqual([
    'redis',
    'backup',
    'worker_lost',
    'theme',
  ]);
});

it('workers are replaced as often as they die, and answer with the same bytes', async () => {
  const before = JSON.stringify(lasting(await search(server.url, good)));
  const lostBefore = await lost();
  for (let n = 0; n < POISONS; n++) {
    const [poisoned, neighbour] = await Promise.all([
      post<Problem>(`${server.url}/search`, { ...good, q: `poisonous query ${n}` }),
      post<Answer>(`${server.url}/search`, good),
    ]);
    expect([poisoned.status, poisoned.body.code]).toEqual([500, 'worker_lost']);
    expect(JSON.stringify(lasting(neighbour.body))).toBe(before);
  }
  expect(await lost()).toBeGreaterThanOrEqual(lostBefore + 2 * POISONS);
  expect((await ask(`${server.url}/stats/health/ready`)).status).toBe(200);
});
