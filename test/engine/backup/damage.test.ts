/** Bits that flip, objects that go, disks that refuse: what is said, and what is there afterwards? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deleteBackup, GRACE_MS, pruneBackups } from '../../../engine/backup/prune.ts';
import type { Snapshot } from '../../../engine/backup/snapshot.ts';
import { verifyBackup } from '../../../engine/backup/verify.ts';
import { EngineError } from '../../../engine/errors.ts';
import type { Disk } from '../../../engine/store/disk/index.ts';
import { openServing } from '../../../engine/store/index.ts';
import { failingDisk } from '../../support/disk/failing-disk.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import type { Tree } from '../../support/disk/tree.ts';
import { runs } from '../../support/runs.ts';
import { publish, START_MS, write } from '../store/generation-folders.ts';
import { BACKUPS, backUp, clockAt, faultOfBackups, INDEX, portsAt, repositoryOn, restore } from './small-site.ts';

const LATER_MS = START_MS + 1e8;

async function site(): Promise<{ disk: SimulatedDisk; id: string; snapshot: Snapshot }> {
  const disk = new SimulatedDisk();
  await publish(INDEX, START_MS, disk, 'many words '.repeat(4000));
  const snapshot = await backUp(disk);
  return { disk, id: snapshot.id, snapshot };
}

/** Files of the backups that a restore reads. */
function filesOf(disk: SimulatedDisk): string[] {
  const walk = (tree: Tree, above: string): string[] =>
    [...tree].flatMap(([name, node]) =>
      node instanceof Uint8Array ? [`${above}${name}`] : walk(node, `${above}${name}/`),
    );
  const all = walk(disk.tree, '').filter((path) => path.startsWith(`${BACKUPS}/`));
  return all.filter((path) => !/\/(checks|locks)\//.test(path));
}

describe('a damaged backup', () => {
  it('is found out by a verification, and by a restore before anything of it serves, wherever a bit flipped or a file ended', async () => {
    const { disk, id, snapshot } = await site();
    const { tree } = disk;
    const files = filesOf(disk);
    await fc.assert(
      fc.asyncProperty(fc.nat(files.length - 1), fc.nat(), fc.nat(8), async (file, place, bit) => {
        const damaged = new SimulatedDisk(tree);
        const path = files[file]!;
        const bytes = damaged.read(path);
        const at = place % bytes.length;
        if (bit === 8) write(damaged, path, bytes.subarray(0, at));
        else write(damaged, path, bytes.with(at, bytes[at]! ^ (1 << bit)));
        const said = (error: unknown): string => (error as EngineError).code;
        const restored = await restore(damaged, id).then(({ generation }) => generation, said);
        // The list of what is in it is for who wants to know beforehand.
        const isList = path.endsWith(snapshot.documents.objects[0]![0]);
        expect(restored).toBe(isList ? '20260102-030405-2' : 'backup_damaged');
        if (isList) return;
        expect((await openServing(INDEX, damaged)).manifest.generation).toBe('20260102-030405');
        const repository = repositoryOn(damaged);
        const verified = repository.then((opened) => verifyBackup(opened, id, portsAt()));
        expect(await verified.then(({ sound }) => sound, said)).toBe(
          path.includes('repository.json') ? 'backup_damaged' : false,
        );
      }),
      runs(100),
    );
  });

  it('is mended by the next backup of what is still there', async () => {
    const { disk, id, snapshot } = await site();
    const [sha256] = snapshot.files['documents.bin']!.objects[0]!;
    const path = `${BACKUPS}/objects/${sha256.slice(0, 2)}/${sha256}`;
    write(disk, path, disk.read(path).toReversed());
    const repository = await repositoryOn(disk);
    expect(await verifyBackup(repository, id, portsAt())).toMatchObject({ sound: false, damaged: [sha256] });
    const { totals } = await backUp(disk, portsAt(START_MS + 1000));
    expect(totals.objectsAdded).toBe(1);
    expect(await verifyBackup(repository, id, portsAt())).toMatchObject({ sound: true, detail: null });
  });

  it('is not made of a damaged index', async () => {
    const { disk } = await site();
    const path = `${INDEX}/generations/20260102-030405/posts.bin`;
    write(disk, path, disk.read(path).with(7, 0));
    await expect(backUp(disk)).rejects.toMatchObject({ code: 'index_damaged' });
    expect(await (await repositoryOn(disk)).ids()).toHaveLength(1);
  });

  it('keeps a prune from removing anything while it cannot be told what it needs', async () => {
    const { disk, id } = await site();
    await backUp(disk, portsAt(START_MS + 1000));
    const path = `${BACKUPS}/snapshots/${id}.json`;
    write(disk, path, disk.read(path).with(30, 0));
    const repository = await repositoryOn(disk);
    const policy = { keepLast: 1, keepDaily: 0, keepWeekly: 0 };
    await expect(pruneBackups({ repository, policy, dryRun: false }, portsAt(LATER_MS))).rejects.toMatchObject({
      code: 'backup_damaged',
      place: { remedy: `Delete that one first: wp-chat backup delete ${id}` },
    });
    expect(await repository.ids()).toHaveLength(2);
    await deleteBackup(repository, { id, force: false }, clockAt(LATER_MS));
    await pruneBackups({ repository, policy, dryRun: false }, portsAt(LATER_MS));
    expect(await faultOfBackups(disk)).toBeNull();
  });
});

describe('what nobody may lose', () => {
  it('is the last sound backup, unless it is forced', async () => {
    const { disk, id } = await site();
    const repository = await repositoryOn(disk);
    const clock = clockAt(LATER_MS);
    await expect(deleteBackup(repository, { id, force: false }, clock)).rejects.toMatchObject({
      code: 'backup_refused',
    });
    await deleteBackup(repository, { id, force: true }, clock);
    expect(await repository.ids()).toEqual([]);
    await expect(deleteBackup(repository, { id, force: true }, clock)).rejects.toMatchObject({
      code: 'backup_missing',
    });
  });

  it('are objects that are young, whoever they belong to', async () => {
    const { disk } = await site();
    const repository = await repositoryOn(disk);
    const young = `${BACKUPS}/objects/00/${'0'.repeat(64)}`;
    disk.makeFolder(`${BACKUPS}/objects/00`);
    write(disk, young, new Uint8Array(5));
    const prune = (wallMs: number) => pruneBackups({ repository, policy: null, dryRun: false }, portsAt(wallMs));
    // The simulated disk says of all its files that they are of the epoch.
    expect(await prune(GRACE_MS - 1)).toMatchObject({ objects: 0, objectsYoung: 1 });
    expect(await prune(GRACE_MS)).toMatchObject({ objects: 1, bytes: 5, objectsYoung: 0 });
    expect(disk.look(young)).toBeNull();
  });

  it('is nothing at all with --dry-run', async () => {
    const { disk } = await site();
    await backUp(disk, portsAt(START_MS + 1000));
    const before = filesOf(disk);
    const policy = { keepLast: 1, keepDaily: 0, keepWeekly: 0 };
    const repository = await repositoryOn(disk);
    expect((await pruneBackups({ repository, policy, dryRun: true }, portsAt(LATER_MS))).forgotten).toHaveLength(1);
    expect(filesOf(disk)).toEqual(before);
  });
});

const CODES: Record<string, readonly string[]> = {
  ENOSPC: ['makeFolder', 'open', 'write', 'sync', 'syncFile', 'syncFolder'],
  EROFS: ['makeFolder', 'open', 'write', 'rename', 'unlink'],
  EIO: [
    'makeFolder',
    'open',
    'write',
    'rename',
    'unlink',
    'sync',
    'syncFile',
    'syncFolder',
    'read',
    'list',
    'look',
    'openInput',
  ],
};

const ACTIONS: Record<string, (disk: Disk, id: string) => Promise<unknown>> = {
  'a backup': (disk) => backUp(disk, portsAt(START_MS + 2000)),
  'a prune': async (disk) => {
    const policy = { keepLast: 1, keepDaily: 0, keepWeekly: 0 };
    return pruneBackups({ repository: await repositoryOn(disk), policy, dryRun: false }, portsAt(LATER_MS));
  },
  'a restore': (disk, id) => restore(disk, id, portsAt(START_MS + 3000)),
};

describe.each(Object.keys(ACTIONS))('%s', (action) => {
  it.each(Object.keys(CODES))('says so when %s comes at any call, and everything that was good is', async (code) => {
    const start = new SimulatedDisk();
    await publish(INDEX, START_MS, start);
    const { id } = await backUp(start);
    await publish(INDEX, START_MS + 1000, start);
    await backUp(start, portsAt(START_MS + 1000));
    let refusals = 0;
    for (let at = 0; ; at++) {
      const disk = new SimulatedDisk(start.tree);
      const lasting = at % 2 === 0;
      const failing = failingDisk(disk, { code, at, lasting, fails: (method) => CODES[code]!.includes(method) });
      const error: unknown = await ACTIONS[action]!(failing.disk, id).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (failing.refused() === null) break;
      if (error !== null) {
        refusals += 1;
        expect(error, `${code} at call ${at}, ${failing.refused()}: ${(error as Error).stack}`).toBeInstanceOf(
          EngineError,
        );
        expect((error as EngineError).code).toMatch(
          /^(backup_(unreachable|damaged|missing|busy|refused)|index_(unwritable|unreadable|damaged|missing))$/,
        );
      }
      // The disk is well again.
      expect(await faultOfBackups(disk), `${code} at call ${at}, ${failing.refused()}`).toBeNull();
      expect(['20260102-030406', '20260102-030408']).toContain((await openServing(INDEX, disk)).manifest.generation);
      const { id: next } = await backUp(disk, portsAt(START_MS + 9000));
      expect(await (await repositoryOn(disk)).ids()).toContain(next);
    }
    expect(refusals).toBeGreaterThan(3);
  });
});
