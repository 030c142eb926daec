/** A server that goes on while its index is brought up to date under it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { sampleIndexCopy } from '../support/sample-index-copy.ts';
import { scratchFolder } from '../support/scratch.ts';
import { type ServerProcess, startServer } from '../support/server.ts';

let server: ServerProcess;
let index: string;

beforeAll(async () => {
  index = sampleIndexCopy();
  // It does not go over by itself: what it serves must still be there when others have built.
  server = await startServer({ index, set: ['index.watchMs=0'] });
});
afterAll(() => server?.stop());

const answers = async (): Promise<number> =>
  (await fetch(`${server.url}/search?q=redis&mode=bm25&rerank=false`)).status;

it('keeps the generation that is served through three re-syncs, and names the server', async () => {
  const posts = join(scratchFolder(), 'posts.jsonl');
  mkdirSync(join(index, 'source'), { recursive: true });
  for (let round = 0; round < 3; round++) {
    writeFileSync(posts, `{"id":"1","title":"Round ${round}","text":"One"}\n`);
    const run = await runCli(['index', '--json', '--replace', '--from', posts, '--into', index]);
    expect(run.code, run.err).toBe(0);
    expect(JSON.parse(run.out)).toMatchObject({ counts: { posts: 1 }, servedBy: [server.child.pid] });
  }
  expect(await answers()).toBe(200);
  const { index: served } = (await (await fetch(`${server.url}/stats/device`)).json()) as { index: { posts: number } };
  expect(served.posts).toBe(100);
});

it('a source that does not answer replaces nothing', async () => {
  const gone = await runCli([
    'index',
    '--replace',
    '--from',
    'http://127.0.0.1:1',
    '--into',
    index,
    '--set',
    'source.retriesMax=0',
  ]);
  expect(gone.code).toBe(5);
  const posts = join(scratchFolder(), 'posts.jsonl');
  writeFileSync(posts, '{"id":"1","title":"Round 3","text":"One"}\n');
  expect((await runCli(['index', '--from', posts, '--into', index])).code).toBe(5);
});

it('a folder with files of somebody else is not replaced', async () => {
  const into = scratchFolder();
  mkdirSync(join(into, 'source'));
  writeFileSync(join(into, 'source', 'code.c'), 'int main;');
  const posts = join(scratchFolder(), 'posts.jsonl');
  writeFileSync(posts, '{"id":"1","title":"One","text":"One"}\n');
  const run = await runCli(['index', '--replace', '--from', posts, '--into', into]);
  expect([run.code, run.err]).toEqual([5, expect.stringContaining('code.c')]);
});
