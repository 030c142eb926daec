/** A document that is put into a real server is found by searching, is in no answer any more when it is deleted, and outlives a kill. */

import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  answerPosts,
  type FakePost,
  type LoopbackSite,
  startSite,
  wordpressAnswer,
} from '../../engine/source/loopback-site.ts';
import { runCli } from '../../support/cli.ts';
import { sampleIndexCopy } from '../../support/sample-index-copy.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type ServerProcess, startServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

const SECRET = 'a secret of thirty-two characters';
const posts: FakePost[] = [];
const index = sampleIndexCopy();
/** What the site waits for before it answers. */
let held: Promise<void> = Promise.resolve();
const remembered = scratchFolder();
let site: LoopbackSite;
let server: ServerProcess;

const start = (...more: string[]): Promise<ServerProcess> =>
  startServer({
    index,
    set: ['server.workers=2', `sync.site=${site.origin}`, 'source.requestsPerSecond=1000', 'sync.types=post', ...more],
    environment: { WP_CHAT_WEBHOOK_SECRET: SECRET },
  });

beforeAll(async () => {
  site = await startSite(
    wordpressAnswer(({ url }, response) => {
      void held.then(() => answerPosts(url, response, posts));
    }),
  );
  server = await start();
});
afterAll(async () => {
  await server.stop();
  await site.stop();
});

const ask = (method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(server.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });
const put = (id: string, text: string, query = ''): Promise<Response> =>
  ask('PUT', `/documents${query}`, JSON.stringify({ id, title: `Title of ${id}`, text }));

async function found(query: string, mode = 'bm25'): Promise<string[]> {
  const response = await fetch(`${server.url}/search?q=${query}&mode=${mode}&rerank=false`);
  const { hits } = (await response.json()) as { hits: { postId: string }[] };
  return hits.map(({ postId }) => postId);
}

it('put and waited for, it is in the next answer, changed by the next, and in none when it is deleted', async () => {
  expect(await found('zyzzyva')).toEqual([]);
  const made = await put('w1', 'The zyzzyva is a weevil', '?refresh=wait');
  expect([made.status, made.headers.get('document-visible')]).toEqual([201, 'true']);
  // Each worker has it, whichever answers; and an answer that was remembered is not given again.
  for (let n = 0; n < 6; n++) expect(await found('zyzzyva')).toEqual(['w1']);
  expect(await found('zyzzyva', 'hybrid')).toContain('w1');
  const changed = await ask('PATCH', '/documents?refresh=wait', '{"id":"w1","text":"The quokka smiles"}');
  expect(changed.status).toBe(200);
  expect([await found('zyzzyva'), await found('quokka')]).toEqual([[], ['w1']]);
  expect((await ask('DELETE', '/documents?id=w1&refresh=wait')).status).toBe(204);
  expect(await found('quokka')).toEqual([]);
});

it('a post of the index itself is read back, changed under its version and deleted', async () => {
  const [id] = await found('redis');
  const given = await ask('GET', `/documents?id=${id}`);
  const { version, document } = (await given.json()) as { version: number; document: object };
  expect(document).toMatchObject({ id, html: expect.stringContaining('<') });
  const tag = given.headers.get('etag')!;
  const text = JSON.stringify({ ...document, title: 'Wobbegong' });
  expect((await ask('PUT', '/documents?refresh=wait', text, { 'if-match': tag })).status).toBe(200);
  const late = await ask('DELETE', `/documents?id=${id}`, undefined, { 'if-match': tag });
  expect([late.status, ((await late.json()) as { version: number }).version > version]).toEqual([412, true]);
  expect(await found('wobbegong')).toEqual([id]);
  expect((await ask('DELETE', `/documents?id=${id}&refresh=wait`)).status).toBe(204);
  expect(await found('wobbegong')).toEqual([]);
});

it('what became of changes, and how soon they were found, is measured', async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const amountOf = (series: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    );
  const changed = ['created', 'updated', 'deleted'].map((outcome) =>
    amountOf(`wp_chat_changes_total{outcome="${outcome}"}`),
  );
  expect(Math.min(...changed)).toBeGreaterThan(0);
  const seen = ['words', 'whole'].map((step) => amountOf(`wp_chat_changes_visible_seconds_count{step="${step}"}`));
  expect(seen).toEqual(Array(2).fill(changed.reduce((sum, count) => sum + count)));
  expect(amountOf('wp_chat_changes_unmerged_documents')).toBeGreaterThan(0);
  expect(amountOf('wp_chat_journal_size_bytes')).toBeGreaterThan(0);
});

it('what is answered is there after a kill, whatever it waited for', async () => {
  const lines = Array.from({ length: 40 }, (_, n) => JSON.stringify({ put: { id: `k${n}`, text: `numbat ${n}` } }));
  const bulk = await ask('POST', '/documents/bulk', lines.join('\n'), { 'content-type': 'application/x-ndjson' });
  const outcomes = (await bulk.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { status: number });
  expect(outcomes.every(({ status }) => status === 201)).toBe(true);
  expect((await put('last', 'A numbat eats termites')).status).toBe(201);
  server.child.kill('SIGKILL');
  await server.exited;
  server = await start();
  await until(async () => (await found('termites')).includes('last'));
  expect((await ask('GET', '/documents?id=k39')).status).toBe(200);
  const again = await put('last', 'A numbat eats termites');
  expect(again.status).toBe(200);
});

function tell(body: object, { secret = SECRET, ageS = 0 } = {}): Promise<Response> {
  const text = JSON.stringify(body);
  const time = Math.floor(Date.now() / 1000) - ageS;
  const digest = createHmac('sha256', secret).update(`${time}.${text}`).digest('hex');
  return ask('POST', '/webhook/wordpress', text, { 'x-wp-chat-signature': `t=${time},v1=${digest}` });
}

it('a site that tells of a post is asked for it: it comes as it is there, and goes when it is gone', async () => {
  posts.push({ id: 77, title: 'Bilby' });
  const told = await tell({ type: 'post', id: 77, event: 'saved', title: undefined });
  expect([told.status, await told.json()]).toEqual([202, { accepted: true, type: 'post', id: 77 }]);
  await until(async () => (await found('bilby')).includes('77'));
  expect(server.said()).not.toContain(SECRET);
  posts.pop();
  expect((await tell({ type: 'post', id: 77 })).status).toBe(202);
  await until(async () => (await found('bilby')).length === 0);
});

it.each([
  ['another secret', { type: 'post', id: 1 }, { secret: 'another secret of that length' }, 401],
  ['an old signature', { type: 'post', id: 1 }, { ageS: 3600 }, 401],
  ['what the post is to be', { type: 'post', id: 1, content: 'Buy!' }, {}, 400],
  ['another type', { type: 'revision', id: 1 }, {}, 400],
])('it is not believed with %s', async (_, body, signing, status) => {
  const asked = site.requests.length;
  expect((await tell(body, signing)).status).toBe(status);
  expect(site.requests.length).toBe(asked);
});

it('a sync that watches brings what the site has, and ends when it is told to', async () => {
  posts.push({ id: 80, title: 'Potoroo' });
  expect(await synced()).toMatchObject({ added: 1 });
  await until(async () => (await found('potoroo')).includes('80'));
});

it('what a killed server had been told of and had not fetched yet, the next look at the site finds', async () => {
  posts.push({ id: 90, title: 'Bandicoot', modified: '2099-01-02T00:00:00' });
  let release = (): void => {};
  held = new Promise((resolve) => {
    release = resolve;
  });
  const asked = site.requests.length;
  expect((await tell({ type: 'post', id: 90 })).status).toBe(202);
  await until(() => site.requests.length > asked);
  server.child.kill('SIGKILL');
  await server.exited;
  release();
  server = await start();
  expect(await found('bandicoot')).toEqual([]);
  expect(await synced()).toMatchObject({ added: 1, changed: 0, deleted: 0 });
  await until(async () => (await found('bandicoot')).includes('90'));
});

async function synced(): Promise<object> {
  const { code, out } = await runCli([
    ...['sync', '--from', site.origin, '--types', 'post', '--url', server.url, '--json'],
    ...['--set', `sync.directory=${remembered}`, '--set', 'source.requestsPerSecond=1000'],
  ]);
  expect(code).toBe(0);
  return JSON.parse(out) as object;
}

/** Of those that it has started, that still run. */
const runningUnder = (pid: number): string =>
  spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).stdout.trim();

it('a server that is told to end while it merges does so in order, and what was changed is there', async () => {
  expect(await server.stop()).toBe(0);
  server = await start('index.changes.mergeDocuments=1');
  const merging = async (): Promise<boolean> => {
    const { changes } = (await (await ask('GET', '/admin/index/status')).json()) as { changes: { merging: object } };
    return changes.merging !== null;
  };
  expect((await put('ending', 'A dugong grazes')).status).toBe(201);
  await until(merging);
  const merger = runningUnder(server.child.pid!);
  expect(await server.stop()).toBe(0);
  for (const pid of merger.split(/\s+/).filter((each) => each !== '')) expect(existsSync(`/proc/${pid}`)).toBe(false);
  expect(server.said()).toBe('');
  server = await start();
  expect(await found('dugong')).toEqual(['ending']);
});
