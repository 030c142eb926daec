/** An index is rebuilt by the command line, and by a running server that goes over to it, with what was put meanwhile in its journal. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import type { RebuildReport } from '../../../server/rebuild-index.ts';
import { runCli } from '../../support/cli.ts';
import { ask, post, search } from '../../support/client.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type ServerProcess, startServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

const NO_MODELS = ['models.embedder=none', 'models.reranker=none'];
const POSTS = 12;

interface Rebuilding {
  readonly underway: { readonly percent: number } | null;
  readonly last: { readonly report: RebuildReport | null; readonly failure: { readonly code: string } | null } | null;
}

const index = scratchFolder();
const currentOf = (): string => readFileSync(join(index, 'CURRENT'), 'utf8').split('\n')[0]!;
const run = (...words: string[]) =>
  runCli([...words, ...[`index.directory=${index}`, ...NO_MODELS].flatMap((setting) => ['--set', setting])]);
let server: ServerProcess;
const rebuilding = async (): Promise<Rebuilding> =>
  (await ask<Rebuilding>(`${server.url}/admin/index/rebuild`, {})).body;

beforeAll(async () => {
  const from = join(scratchFolder(), 'posts.jsonl');
  const lines = readFileSync(join(packageRoot, 'data/sample/posts.jsonl'), 'utf8').split('\n').slice(0, POSTS);
  writeFileSync(from, `${lines.join('\n')}\n`);
  expect(await run('index', '--from', from)).toMatchObject({ code: 0 });
  server = await startServer({ index, set: [...NO_MODELS, 'index.watchMs=0'] });
});
afterAll(() => server?.stop());

it('the command line says what it was made of, that it is the same, and who will serve it', async () => {
  const before = currentOf();
  const { code, out } = await run('index', 'rebuild');
  expect([code, out]).toEqual([
    0,
    expect.stringContaining(`as generation ${currentOf()} from the documents of ${before}`),
  ]);
  expect(out).toContain('documents.bin same, lexical.bin same, originals.bin same, posts.bin same, tokens.bin same');
  expect(out).toContain(`process ${server.child.pid} goes over to it`);
});

it('a server rebuilds when it is asked to, and goes over to it with the same answers', async () => {
  const asked = { q: 'cache', mode: 'bm25', topk: 5 };
  const hits = async (): Promise<string> => JSON.stringify((await search(server.url, asked)).hits);
  const before = await hits();
  expect((await post(`${server.url}/admin/index/rebuild`, {})).status).toBe(202);
  const second = await post(`${server.url}/admin/index/rebuild`, {});
  expect([second.status, second.body]).toMatchObject([409, { code: 'index_busy' }]);
  await until(async () => (await rebuilding()).underway === null);
  const { last } = await rebuilding();
  expect(last).toMatchObject({
    failure: null,
    report: { generation: currentOf(), comparison: { counts: { posts: { old: POSTS, new: POSTS } } } },
  });
  expect((await ask<object>(`${server.url}/admin/index/status`)).body).toMatchObject({ generation: currentOf() });
  expect(await hits()).toBe(before);
});
