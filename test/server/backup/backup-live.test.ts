/** Backups of a server that answers meanwhile: made, verified, tried and restored over HTTP, and every command on the same files. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { askCli, type CliRun, runCli } from '../../support/cli.ts';
import { ask, lasting, search } from '../../support/client.ts';
import { sampleIndexCopy } from '../../support/sample-index-copy.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type ServerProcess, sampleIndex, startServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

interface Status {
  readonly underway: { readonly kind: string } | null;
  readonly last: readonly {
    kind: string;
    id: string | null;
    failure: object | null;
    result: Record<string, unknown>;
  }[];
  readonly backups: readonly { id: string; check: { sound: boolean; drill: { passed: boolean } | null } }[];
}

const home = scratchFolder();
const index = sampleIndexCopy();
const target = join(home, 'backups');
const QUESTION = { query: 'page cache', mode: 'bm25', rerank: false };
let server: ServerProcess;

beforeAll(async () => {
  server = await startServer({
    index,
    set: [`backup.target=${target}`, 'index.watchMs=50', 'server.cache.enabled=false'],
  });
});
afterAll(() => server.stop());

const status = async (): Promise<Status> => (await ask<Status>(`${server.url}/admin/backup`)).body;

/** Begins it over HTTP, and waits for what comes of it. */
async function done(path: string, body: object = {}): Promise<Status['last'][number]> {
  const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const reply = await ask<{ started: { kind: string } }>(`${server.url}/admin/backup${path}`, options);
  expect(reply, JSON.stringify(reply.body)).toMatchObject({ status: 202, body: { status: '/admin/backup' } });
  const { kind } = reply.body.started;
  await until(async () => (await status()).underway === null);
  return (await status()).last.find((each) => each.kind === kind)!;
}

const cli = (...words: string[]): Promise<CliRun> => {
  const set = [`index.directory=${index}`, `backup.target=${target}`].flatMap((setting) => ['--set', setting]);
  return askCli(['backup', ...words, ...set]);
};
const json = async (...words: string[]): Promise<Record<string, unknown>> => {
  const { code, out, err } = await cli(...words, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Record<string, unknown>;
};

describe('over HTTP', () => {
  it('a backup is made, verified, tried and listed while questions are answered', async () => {
    expect(await status()).toMatchObject({ backups: [], underway: null, next: null, unreachable: null });
    const before = lasting(await search(server.url, QUESTION));
    const made = await done('');
    expect(made).toMatchObject({ failure: null, result: { backup: { generation: { counts: { posts: 100 } } } } });
    const { id } = (await status()).backups[0]!;
    expect(await done(`/${id}/verify`)).toMatchObject({ failure: null, result: { sound: true } });
    expect(await done(`/${id}/drill`)).toMatchObject({
      failure: null,
      result: { answers: { titles: { asked: 20, same: 20, first: 20 }, vectors: { asked: 20, same: 20 } } },
    });
    expect((await status()).backups).toMatchObject([{ id, check: { sound: true, drill: { passed: true } } }]);
    expect(lasting(await search(server.url, QUESTION))).toEqual(before);
  });

  it('another one under way, a backup that is not there and the last one are refused', async () => {
    const { id } = (await status()).backups[0]!;
    const post = (path: string) => ask<{ code: string }>(`${server.url}/admin/backup${path}`, { method: 'POST' });
    const [one, other] = await Promise.all([post(`/${id}/verify`), post('')]);
    expect([one.status, other.status].sort()).toEqual([202, 409]);
    expect((await post('/20260101-000000000-0000/verify')).body).toMatchObject({ code: 'backup_missing' });
    expect((await post('/..%2Fsnapshots/verify')).body).toMatchObject({ code: 'backup_missing' });
    await until(async () => (await status()).underway === null);
    const deleted = await ask<{ code: string }>(`${server.url}/admin/backup/${id}`, { method: 'DELETE' });
    expect([deleted.status, deleted.body.code]).toEqual([409, 'backup_refused']);
  });

  it('a restore says what would be lost, does nothing until that is agreed to, and then serves', async () => {
    const { id } = (await status()).backups[0]!;
    const lines = readFileSync(join(packageRoot, 'data/sample/posts.jsonl'), 'utf8').trim().split('\n');
    const posts = lines.map((line) => JSON.parse(line) as { id: string; title: string });
    const [changed, , deleted] = posts;
    const edited = [
      { ...changed!, title: 'Quokka census' },
      ...posts.slice(1, 2),
      ...posts.slice(3),
      { ...posts[1]!, id: 'new', title: 'New' },
    ];
    const file = join(home, 'posts.jsonl');
    writeFileSync(file, edited.map((post) => JSON.stringify(post)).join('\n'));
    const built = await runCli([
      'index',
      '--from',
      file,
      '--into',
      index,
      '--replace',
      '--set',
      'index.generationsKept=9',
    ]);
    expect(built.code, built.err).toBe(0);
    await until(
      async () => (await search(server.url, { ...QUESTION, query: 'quokka' })).hits[0]?.title === 'Quokka census',
    );
    const preview = await done(`/${id}/restore`, { dry_run: true });
    expect(preview.result).toMatchObject({
      lost: 3,
      differences: { added: { ids: ['new'] }, changed: { ids: [changed!.id] }, deleted: { ids: [deleted!.id] } },
    });
    const refused = await done(`/${id}/restore`, { discard: 2 });
    expect(refused.failure).toMatchObject({ code: 'backup_refused' });
    const restored = await done(`/${id}/restore`, { discard: 3 });
    expect(restored.failure).toBeNull();
    const { hits, generation } = await search(server.url, { ...QUESTION, query: changed!.title });
    expect(hits[0]).toMatchObject({ title: changed!.title, postId: changed!.id });
    expect(restored.result).toMatchObject({ restored: { generation } });
  });
});

describe('by command', () => {
  it('what was restored is taken back, and the server goes along', async () => {
    const undone = await json('undo', '--yes');
    await until(async () => (await search(server.url, QUESTION)).generation === undone['generation']);
    const { code, err } = await runCli(['backup', 'undo', '--yes', '--set', `index.directory=${sampleIndex()}`]);
    expect([code, err]).toEqual([6, expect.stringContaining('There is no restore to undo: ')]);
  });

  it('create, list, verify, drill and prune say what they did', async () => {
    expect(await json('create', '--prune')).toMatchObject({
      backup: { generation: { counts: { posts: 100 } } },
      unpruned: null,
    });
    const listed = (await json('list')) as unknown as { id: string }[];
    expect(listed).toHaveLength(2);
    expect((await cli('list')).out).toMatch(/^Backups in .*\nID +GENERATION +POSTS +SIZE +ADDED +STATE\n/);
    expect(await json('verify')).toMatchObject({ id: listed[1]!.id, sound: true });
    expect(await json('drill', listed[0]!.id)).toMatchObject({ passed: true });
    expect(
      await json(
        'prune',
        '--dry-run',
        '--set',
        'backup.keepLast=1',
        '--set',
        'backup.keepDaily=0',
        '--set',
        'backup.keepWeekly=0',
      ),
    ).toMatchObject({ forgotten: [listed[0]!.id] });
  });

  it('a restore asks before anything is lost', async () => {
    const [{ id }] = (await json('list')) as unknown as [{ id: string }];
    const dry = await cli('restore', id, '--dry-run');
    expect([dry.code, dry.out]).toEqual([0, expect.stringMatching(/1 +added, would be gone +new\n/)]);
    const asked = await cli('restore', id);
    expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('Add --yes')]);
    const refused = await cli('restore', id, '--discard', '1');
    expect([refused.code, refused.err]).toEqual([6, expect.stringContaining('and 1 were agreed to')]);
    expect(await json('restore', id, '--yes')).toMatchObject({ restored: { backup: id } });
  });

  it('a damaged one is found, and its deletion needs no force while another is sound', async () => {
    const [first] = (await json('list')) as unknown as [{ id: string }];
    const path = join(target, 'snapshots', `${first.id}.json`);
    writeFileSync(path, readFileSync(path).with(40, 0));
    const verified = await cli('verify', '--all');
    expect([verified.code, verified.out]).toEqual([1, expect.stringContaining(`Backup ${first.id} is damaged`)]);
    expect((await cli('prune', '--yes')).err).toContain(`wp-chat backup delete ${first.id}`);
    expect(await json('delete', first.id, '--yes')).toEqual({ deleted: first.id });
    expect(readdirSync(join(target, 'snapshots'))).toHaveLength(1);
  });

  it('what cannot be done is said, with what to do', async () => {
    const said = async (...words: string[]): Promise<unknown[]> => {
      const { code, err } = await cli(...words);
      return [code, err];
    };
    expect(await said('verify', 'no-id')).toEqual([6, expect.stringContaining('List them: wp-chat backup list')]);
    const nowhere = ['--set', `backup.target=${join(home, 'none')}`];
    expect(await askCli(['backup', 'list', ...nowhere])).toMatchObject({
      code: 6,
      err: expect.stringContaining('Make one: wp-chat backup create'),
    });
    const bucket = ['--set', 'backup.target=s3://backups/x'];
    expect(await runCli(['backup', 'create', ...bucket, '--set', `index.directory=${index}`])).toMatchObject({
      code: 2,
      err: expect.stringContaining('WP_CHAT_BACKUP_ACCESS_KEY_ID and WP_CHAT_BACKUP_SECRET_ACCESS_KEY'),
    });
    expect(await askCli(['backup', 'list', '--set', 'backup.at=25:00'])).toMatchObject({ code: 2 });
  });
});
