/** The disk of a real server is full: changes are refused by name, all else goes on, and once there is room so do changes. */
import { readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, search } from '../../support/client.ts';
import { copySampleIndex, type ServerProcess, startServer } from '../../support/server.ts';
import { mountSmallDisk } from '../../support/small-disk.ts';
import { until } from '../../support/until.ts';

const MEBIBYTE = 2 ** 20;
const disk = mountSmallDisk(32 * MEBIBYTE);
/** At which a merge begins by itself. */
const MERGE_DOCUMENTS = 6;
/** More than what may be left in the last block of a file. */
const LONG = 'lorem ipsum '.repeat(500);

interface Status {
  readonly changes: {
    readonly documents: number;
    readonly refusal: string | null;
    readonly merging: object | null;
    readonly lastError: { readonly code: string } | null;
  };
}

describe.runIf(disk !== null)('a full disk', () => {
  const { folder, fill, clear } = disk!;
  const index = join(folder, 'index');
  let server: ServerProcess;
  beforeAll(async () => {
    copySampleIndex(index);
    server = await startServer({
      index,
      set: [`backup.target=${join(folder, 'backups')}`, `index.changes.mergeDocuments=${MERGE_DOCUMENTS}`],
    });
  });
  afterAll(() => server.stop());

  const put = (id: string, text: string) =>
    ask<{ code?: string; detail?: string; version?: number }>(`${server.url}/documents?refresh=wait`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id, title: id, text }),
    });
  const versionOf = async (id: string): Promise<number | null> => {
    const { status, body } = await ask<{ version: number }>(`${server.url}/documents?id=${id}`);
    return status === 200 ? body.version : null;
  };
  const found = async (query: string): Promise<string[]> =>
    (await search(server.url, { query, mode: 'bm25', rerank: false })).hits.map(({ postId }) => postId);
  const changes = async (): Promise<Status['changes']> =>
    (await ask<Status>(`${server.url}/admin/index/status`)).body.changes;

  it('a change is refused by its code, what was acknowledged stays, and room is all that it takes to go on', async () => {
    const before = await put('before', 'The zyzzyva is a weevil');
    expect(before.status).toBe(201);
    const hits = (await found('redis')).length;
    fill();
    for (const id of ['during', 'before', 'again']) {
      const { status, body } = await put(id, LONG);
      expect([status, body.code]).toEqual([507, 'index_unwritable']);
      expect(body.detail).toContain('ENOSPC');
    }
    expect([await versionOf('before'), await versionOf('during')]).toEqual([before.body.version, null]);
    expect([await found('zyzzyva'), (await found('redis')).length]).toEqual([['before'], hits]);
    clear();
    const after = await put('after', 'A quokka smiles');
    expect([after.status, after.body.version! > before.body.version!]).toEqual([201, true]);
    expect([await found('quokka'), (await changes()).refusal]).toEqual([['after'], null]);
  });

  it('what was acknowledged around it is there after a kill, and nothing of what was refused', async () => {
    server.child.kill('SIGKILL');
    await server.exited;
    const set = [`backup.target=${join(folder, 'backups')}`, `index.changes.mergeDocuments=${MERGE_DOCUMENTS}`];
    server = await startServer({ index, set });
    expect([await found('zyzzyva'), await found('quokka'), await versionOf('during')]).toEqual([
      ['before'],
      ['after'],
      null,
    ]);
  });

  it('a backup fails by its code, keeps no half of itself in the list, and the next one is made', async () => {
    const create = async () => {
      const begun = await ask(`${server.url}/admin/backup`, { method: 'POST' });
      expect(begun.status).toBe(202);
      await until(async () => (await backups()).underway === null);
      return (await backups()).last.find(({ kind }) => kind === 'create')!;
    };
    const backups = async () =>
      (
        await ask<{
          underway: object | null;
          last: { kind: string; failure: { code: string } | null }[];
          backups: object[];
        }>(`${server.url}/admin/backup`)
      ).body;
    fill();
    expect(await create()).toMatchObject({ failure: { code: 'backup_unreachable' } });
    expect((await backups()).backups).toEqual([]);
    clear();
    expect(await create()).toMatchObject({ failure: null });
    expect((await backups()).backups).toHaveLength(1);
  });

  it('a merge fails by its code and leaves nothing behind; the changes stay, and are searched', async () => {
    const generations = (): string[] => readdirSync(join(index, 'generations')).sort();
    const served = generations();
    for (let n = (await changes()).documents; n < MERGE_DOCUMENTS - 1; n++) await put(`more-${n}`, 'A numbat');
    // A small change finds room in the block that the journal has; a generation does not.
    writeFileSync(join(folder, 'room'), Buffer.alloc(64 * 1024));
    fill();
    unlinkSync(join(folder, 'room'));
    expect((await put('last', 'A numbat eats termites')).status).toBe(201);
    await until(async () => (await changes()).lastError !== null);
    expect(await changes()).toMatchObject({ lastError: { code: 'index_unwritable' }, merging: null });
    expect([await found('termites'), await found('zyzzyva')]).toEqual([['last'], ['before']]);
    clear();
    expect((await put('later', 'A dugong grazes')).status).toBe(201);
    expect(await found('dugong')).toEqual(['later']);
    // Whichever old one is given up meanwhile.
    expect(generations().filter((name) => !served.includes(name))).toEqual([]);
  });

  // It is tried again half a minute later.
  if (process.env['SOAK'] !== undefined)
    it('and the next merge takes them all', { timeout: 120_000 }, async () => {
      await until(async () => (await changes()).documents === 0);
      expect([await found('termites'), await found('zyzzyva'), await found('dugong')]).toEqual([
        ['last'],
        ['before'],
        ['later'],
      ]);
    });
});
