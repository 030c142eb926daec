/** A backup of a server while documents are written to it, the server's sudden end, and a restore elsewhere: what is found then? */
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/cli.ts';
import { ask, search } from '../../support/client.ts';
import { sampleIndexCopy } from '../../support/sample-index-copy.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type ServerProcess, startServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

const home = scratchFolder();
const index = sampleIndexCopy();
const fresh = join(home, 'elsewhere');
const set = [`backup.target=${join(home, 'backups')}`, 'index.watchMs=50', 'server.cache.enabled=false'];

/** A word that no other document has. */
const wordOf = (n: number): string => `quagga${'abcdefghij'[Math.floor(n / 10) % 10]}${'abcdefghij'[n % 10]}x`;

async function put(server: ServerProcess, n: number): Promise<number> {
  const reply = await ask<{ version: number }>(`${server.url}/documents`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: `w${n}`, title: `Written ${wordOf(n)}`, text: `About ${wordOf(n)}` }),
  });
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return reply.body.version;
}

const finds = async (server: ServerProcess, n: number): Promise<boolean> =>
  (await search(server.url, { query: wordOf(n), mode: 'bm25', rerank: false })).hits.some(
    ({ postId }) => postId === `w${n}`,
  );

const backup = async <Result>(folder: string, ...words: string[]): Promise<Result> => {
  const settings = [`index.directory=${folder}`, ...set].flatMap((setting) => ['--set', setting]);
  const { code, out, err } = await runCli(['backup', ...words, '--json', ...settings]);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Result;
};

interface Made {
  readonly backup: { readonly id: string; readonly journalUpTo: number };
}

describe('a backup under writes', () => {
  let first: ServerProcess;
  let second: ServerProcess;
  /** Versions that were acknowledged, by number of the document. */
  const acknowledged: number[] = [];
  let made: Made;

  beforeAll(async () => {
    first = await startServer({ index, set });
  });
  afterAll(async () => {
    first.child.kill('SIGKILL');
    await second?.stop();
  });

  it('has every change that was acknowledged before its position and none that was not, though the server was killed', async () => {
    for (let n = 0; n < 5; n++) acknowledged.push(await put(first, n));
    let ended = false;
    const making = backup<Made>(index, 'create').finally(() => {
      ended = true;
    });
    for (let n = 5; !ended && n < 95; n++) acknowledged.push(await put(first, n));
    made = await making;
    acknowledged.push(await put(first, acknowledged.length));
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    expect(made.backup.journalUpTo).toBeGreaterThanOrEqual(acknowledged[4]!);
    expect(made.backup.journalUpTo).toBeLessThan(acknowledged.at(-1)!);
    expect(await backup(fresh, 'restore')).toMatchObject({ restored: { backup: made.backup.id, before: null } });
    second = await startServer({ index: fresh, set });
    const found = await Promise.all(acknowledged.map((_, n) => finds(second, n)));
    expect(found).toEqual(acknowledged.map((version) => version <= made.backup.journalUpTo));
  });

  it('is restored into a server that has changed since when that is agreed to, and taken back with all that it took away', async () => {
    const n = acknowledged.length;
    const later = await put(second, n);
    expect(later).toBeGreaterThan(acknowledged.at(-1)!);
    await until(() => finds(second, n));
    const post = (path: string, body: object) =>
      ask(`${second.url}/admin/backup/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    interface Last {
      readonly kind: string;
      readonly failure: object | null;
      readonly result: object;
    }
    const done = async (kind: string, path: string, body: object): Promise<Last> => {
      expect(await post(path, body)).toMatchObject({ status: 202 });
      const status = async () =>
        (await ask<{ underway: object | null; last: Last[] }>(`${second.url}/admin/backup`)).body;
      await until(async () => (await status()).underway === null);
      return (await status()).last.find((each) => each.kind === kind)!;
    };
    const { id } = made.backup;
    expect(await done('preview', `${id}/restore`, { dry_run: true })).toMatchObject({
      result: { lost: 1, differences: { added: { ids: [`w${n}`] } }, models: [] },
    });
    expect(await done('restore', `${id}/restore`, {})).toMatchObject({ failure: { code: 'backup_refused' } });
    expect(await done('restore', `${id}/restore`, { discard: 1 })).toMatchObject({ failure: null });
    expect([await finds(second, 0), await finds(second, n)]).toEqual([true, false]);
    const after = await put(second, 98);
    expect(after).toBeGreaterThan(later);
    await until(() => finds(second, 98));
    expect(await done('undo', 'undo', {})).toMatchObject({ failure: { code: 'backup_refused' } });
    const { out } = await runCli(['backup', 'undo', '--dry-run', '--json', '--url', second.url]);
    expect(JSON.parse(out)).toMatchObject({ changesSince: 1 });
    const undone = await runCli(['backup', 'undo', '--yes', '--json', '--url', second.url]);
    expect([undone.code, undone.err]).toEqual([0, '']);
    expect([await finds(second, 0), await finds(second, n), await finds(second, 98)]).toEqual([true, true, false]);
    expect(await put(second, 97)).toBeGreaterThan(later);
  });

  it('says how old it is, what came since, and what is wrong where a schedule was missed', async () => {
    const { body } = await ask<{ freshness: object }>(`${second.url}/admin/backup/status`);
    expect(body).toMatchObject({
      freshness: { newest: { id: made.backup.id }, changesSince: null, drill: null, drillPassedAt: null },
    });
    const metrics = await (await fetch(`${second.url}/metrics`)).text();
    expect(metrics).toMatch(/^wp_chat_backup_age_seconds \d+$/m);
    const position = (folder: string) => backup<{ changesSince: number }>(folder, 'status');
    // Of the server that was killed: the last change came after the backup's position.
    const since = acknowledged.filter((version) => version > made.backup.journalUpTo).length;
    expect(await position(index)).toMatchObject({ newest: { id: made.backup.id }, changesSince: since });
    const doctor = async (target: string) => {
      const settings = [`backup.target=${target}`, 'backup.at=03:30', `index.directory=${index}`];
      const { out } = await runCli(['doctor', '--json', ...settings.flatMap((setting) => ['--set', setting])]);
      return (JSON.parse(out) as { name: string; ok: boolean }[]).find(({ name }) => name === 'backup')!.ok;
    };
    expect([await doctor(join(home, 'backups')), await doctor(join(home, 'nowhere'))]).toEqual([true, false]);
  });
});
