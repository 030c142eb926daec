/** Backups in a bucket of a real service: made, listed, verified, restored, removed; and what is said where that cannot be. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBackup } from '../../../engine/backup/create.ts';
import { deleteBackup, pruneBackups } from '../../../engine/backup/prune.ts';
import { Repository } from '../../../engine/backup/repository.ts';
import { restoreBackup } from '../../../engine/backup/restore.ts';
import type { Snapshot } from '../../../engine/backup/snapshot.ts';
import { openTarget } from '../../../engine/backup/target/open-target.ts';
import type { Target, TargetSettings } from '../../../engine/backup/target/target.ts';
import { verifyBackup } from '../../../engine/backup/verify.ts';
import { machineDisk } from '../../../engine/store/disk/index.ts';
import { verifyCurrent, verifyNamed } from '../../../engine/store/index.ts';
import { freePort, hasS3, S3Server } from '../../support/s3-server.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { publish } from '../store/generation-folders.ts';
import { portsAt, readName } from './small-site.ts';

describe.skipIf(!hasS3)('backups in a bucket', () => {
  let server: S3Server;
  const index = join(scratchFolder(), 'index');
  const words = Array.from({ length: 100_000 }, (_, at) => `word${(at * 7919) % 104_729}`).join(' ');

  const targetOf = (more: Partial<TargetSettings> = {}, environment = server.environment): Target =>
    openTarget(
      {
        target: 's3://backups/site/one',
        endpoint: server.endpoint,
        region: 'us-east-1',
        timeoutMs: 2000,
        retriesMax: 1,
        ...more,
      },
      environment,
    );

  const backUp = async (target = targetOf(), ports = portsAt(Date.now())): Promise<Snapshot> => {
    const repository = await Repository.openOrMake(target);
    return createBackup({ repository, index, disk: machineDisk, read: readName }, ports);
  };

  beforeAll(async () => {
    server = await S3Server.start('backups');
    await publish(index, Date.UTC(2026, 0, 1), machineDisk, words);
  });
  afterAll(() => server.kill());

  it('are made, listed and verified, a second one without what the first put, and restored', async () => {
    const first = await backUp();
    expect(first.totals.objectsAdded).toBeGreaterThan(5);
    await publish(
      index,
      Date.UTC(2026, 0, 2),
      machineDisk,
      `${words.slice(0, 500_000)} edited ${words.slice(500_000)}`,
    );
    const second = await backUp();
    expect(second.totals.bytesAdded).toBeLessThan(first.totals.bytesAdded / 2);
    const repository = await Repository.open(targetOf());
    expect((await repository.list()).map(({ id, check }) => [id, check?.sound])).toEqual([
      [first.id, true],
      [second.id, true],
    ]);
    expect(await verifyBackup(repository, second.id, portsAt(Date.now()))).toMatchObject({ sound: true, missing: [] });
    const verify = async (folder: string, name: string): Promise<void> => void (await verifyNamed(folder, name));
    const snapshot = await repository.snapshot(first.id);
    const restored = await restoreBackup(
      { repository, snapshot, index, disk: machineDisk, verify, swap: true, agree: async () => {} },
      portsAt(),
    );
    const { folder } = await verifyCurrent(index);
    expect(folder).toContain(restored.generation);
    expect(readFileSync(join(folder, 'documents.bin'), 'utf8')).toBe(`${words} of 20260101-000000`);
  });

  it('give up what no backup needs', async () => {
    const repository = await Repository.open(targetOf());
    const [first] = await repository.ids();
    await deleteBackup(repository, { id: first!, force: false }, portsAt(Date.now()).clock);
    const later = portsAt(Date.now() + 7_200_000);
    const { objects } = await pruneBackups({ repository, policy: null, dryRun: false }, later);
    expect(objects).toBeGreaterThan(0);
    const [second] = await repository.ids();
    expect(await verifyBackup(repository, second!, later)).toMatchObject({ sound: true });
    expect(await repository.objects()).toHaveProperty('size', (await repository.snapshot(second!)).totals.objects);
  });

  it('show a changed byte', async () => {
    const repository = await Repository.open(targetOf());
    const id = (await repository.ids()).at(-1)!;
    const [sha256] = (await repository.snapshot(id)).files['documents.bin']!.objects[0]!;
    const path = server.pathOf('backups', `site/one/objects/${sha256.slice(0, 2)}/${sha256}`);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.with(100, bytes[100]! ^ 4));
    expect(await verifyBackup(repository, id, portsAt(Date.now()))).toMatchObject({ sound: false, damaged: [sha256] });
    writeFileSync(path, bytes);
  });

  it('say what is wrong: the key, the bucket, the endpoint', async () => {
    const said = (more: Partial<TargetSettings>, environment = server.environment): Promise<unknown> =>
      backUp(targetOf({ retriesMax: 0, ...more }, environment)).then(
        () => null,
        ({ code, message, place }) => ({ code, message, remedy: place.remedy }),
      );
    const wrongKey = { ...server.environment, WP_CHAT_BACKUP_ACCESS_KEY_ID: 'nobody' };
    expect(await said({}, wrongKey)).toMatchObject({
      code: 'backup_unreachable',
      message: expect.stringMatching(/in bucket backups at http:.*: (InvalidAccessKeyId|XAdminUserNotFound)/),
      remedy: expect.stringContaining('WP_CHAT_BACKUP_ACCESS_KEY_ID'),
    });
    expect(await said({ target: 's3://elsewhere' })).toMatchObject({
      code: 'backup_unreachable',
      message: expect.stringContaining('NoSuchBucket'),
      remedy: expect.stringContaining('Make the bucket elsewhere'),
    });
    await expect(Repository.open(targetOf({ target: 's3://elsewhere' }))).rejects.toThrow('NoSuchBucket');
    expect(await said({ endpoint: `http://127.0.0.1:${await freePort()}` })).toMatchObject({
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(() => targetOf({}, {})).toThrow('No keys for s3://backups/site/one');
    expect(() => targetOf({ target: 's3://No_Bucket' })).toThrow('expected s3://BUCKET');
    expect(() => targetOf({ endpoint: 'minio:9000' })).toThrow('backup.endpoint: expected an address');
  });

  it('outlive a service that ends midway and comes back, and name what was there to the next run', async () => {
    const target = targetOf({ target: 's3://backups/two' });
    let puts = 0;
    const put = target.put.bind(target);
    const ending = Object.assign(targetOf({ target: 's3://backups/two' }), {
      put: async (name: string, bytes: Uint8Array) => {
        if (name.startsWith('objects/') && ++puts === 4) await server.kill();
        return put(name, bytes);
      },
    });
    await expect(backUp(ending)).rejects.toMatchObject({ code: 'backup_unreachable' });
    await server.start();
    const repository = await Repository.open(target);
    expect(await repository.ids()).toEqual([]);
    const left = await repository.objects();
    expect(left.size).toBeGreaterThan(0);
    // The lock of the run that failed could not be taken back: it is known to be of nobody.
    const { totals } = await backUp(target);
    expect(totals.objectsAdded).toBe(totals.objects - left.size);
    expect(await target.list('locks')).toEqual([]);
  });

  it('wait for a service that answers late, and give up on one that does not', async () => {
    const patient = targetOf({ timeoutMs: 500, retriesMax: 4 });
    server.signal('SIGSTOP');
    setTimeout(() => server.signal('SIGCONT'), 700);
    expect(await patient.get('repository.json')).not.toBeNull();
    server.signal('SIGSTOP');
    const hasty = targetOf({ timeoutMs: 100, retriesMax: 1 });
    await expect(hasty.get('repository.json')).rejects.toMatchObject({ message: expect.stringContaining('ETIMEDOUT') });
    server.signal('SIGCONT');
  });
});
