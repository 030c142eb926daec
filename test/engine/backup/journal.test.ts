/** A backup is one moment: the generation, and every change that was acknowledged until then. A restore brings back that and no other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBackup } from '../../../engine/backup/create.ts';
import { objectName } from '../../../engine/backup/names.ts';
import { undoRestore } from '../../../engine/backup/undo.ts';
import { verifyBackup } from '../../../engine/backup/verify.ts';
import type { EngineError } from '../../../engine/errors.ts';
import type { Disk } from '../../../engine/store/disk/index.ts';
import {
  beginGeneration,
  currentGeneration,
  journalFolder,
  leastCoverage,
  pruneGenerations,
  publishGeneration,
  requireGeneration,
} from '../../../engine/store/index.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { put, remove } from '../changes/sites.ts';
import { manifestOf, publish, START_MS, write } from '../store/generation-folders.ts';
import { changedIn, live } from './lived-site.ts';
import { BACKUPS, backUp, clockAt, INDEX, portsAt, readName, repositoryOn, restore } from './small-site.ts';

const OLD = '20260102-030405';

async function lived(): Promise<{ disk: SimulatedDisk; site: Awaited<ReturnType<typeof live>> }> {
  const disk = new SimulatedDisk();
  await publish(INDEX, START_MS, disk);
  const site = await live(disk, OLD);
  await site.apply(put('a', 'one'), put('b', 'one'), put('long', 'words '.repeat(400)));
  await site.apply(remove('b'), put('c', 'one'));
  return { disk, site };
}

/** A generation that covers what the journal has, as a merge publishes it. */
async function merge(disk: Disk, history: string, sequence: number): Promise<string> {
  const { name, folder } = beginGeneration(INDEX, START_MS + 1000, disk);
  write(disk, `${folder}/documents.bin`, new TextEncoder().encode('merged'));
  publishGeneration(INDEX, folder, { ...(await manifestOf(folder, name, disk)), journal: { history, sequence } }, disk);
  return name;
}

const historyOf = (snapshot: { journal: { history: string } | null }): string => snapshot.journal!.history;

describe('a backup of what changes', () => {
  it('has what was acknowledged until its position, while the journal is open, and nothing of what came later', async () => {
    const { disk, site } = await lived();
    const snapshot = await backUp(disk);
    expect(snapshot).toMatchObject({ journalUpTo: 5, journal: { records: 5, changed: 4, damage: [] } });
    await site.apply(put('a', 'two'), put('later', 'one'));
    const { generation, before } = await restore(disk, snapshot.id, portsAt(START_MS + 2000));
    expect([before, currentGeneration(INDEX, disk)]).toEqual([OLD, generation]);
    const { texts, damage } = await changedIn(disk, generation);
    expect(damage).toEqual([]);
    expect(texts).toEqual({ a: 'one', b: null, c: 'one', long: 'words '.repeat(400) });
    // Of the other state nothing was touched, and who has it open goes on.
    await site.apply(put('c', 'three'));
    expect((await changedIn(disk, OLD)).texts).toMatchObject({ a: 'two', later: 'one', c: 'three' });
  });

  it('goes on after a restore with versions that nobody has seen, in a history of its own', async () => {
    const { disk, site } = await lived();
    const snapshot = await backUp(disk);
    const [seen] = await site.apply(put('a', 'two'));
    const { generation, history, from } = await restore(disk, snapshot.id, portsAt(START_MS + 2000));
    const restored = await live(disk, generation);
    const [version] = await restored.apply(put('a', 'three'));
    expect([version, version! > seen!, history === historyOf(snapshot)]).toEqual([from, true, false]);
    // The files of either journal are kept for its own generations alone.
    expect(leastCoverage(INDEX, history!, disk)).toBe(0);
    await restored.close();
    // A backup of that has both, and no fork of a fork repeats a version.
    const second = await backUp(disk, portsAt(START_MS + 3000));
    expect(second).toMatchObject({ journalUpTo: version, journal: { history } });
    const again = await restore(disk, second.id, portsAt(START_MS + 4000));
    expect((await changedIn(disk, again.generation)).texts).toMatchObject({ a: 'three', c: 'one' });
    expect(again.from).toBeGreaterThan(version!);
  });

  it('is undone as a whole, and that is undone, too', async () => {
    const { disk, site } = await lived();
    const { id } = await backUp(disk);
    await site.apply(put('a', 'two'));
    const { generation } = await restore(disk, id, portsAt(START_MS + 2000));
    await (await live(disk, generation)).apply(put('a', 'after the restore'));
    const place = { index: INDEX, disk };
    const undone = await undoRestore(place, clockAt(START_MS + 3000));
    expect(undone).toMatchObject({ generation: OLD, before: generation, from: 7 });
    expect((await changedIn(disk, currentGeneration(INDEX, disk)!)).texts).toMatchObject({ a: 'two' });
    await undoRestore(place, clockAt(START_MS + 4000));
    expect((await changedIn(disk, currentGeneration(INDEX, disk)!)).texts).toMatchObject({ a: 'after the restore' });
  });

  it('can be undone when what was restored was merged and older generations were pruned', async () => {
    const { disk } = await lived();
    const { id } = await backUp(disk);
    const { history } = await restore(disk, id, portsAt(START_MS + 500));
    for (let at = 0; at < 3; at++) await merge(disk, history!, 5);
    pruneGenerations(INDEX, 1, disk);
    expect(await undoRestore({ index: INDEX, disk }, clockAt(START_MS + 3000))).toMatchObject({ generation: OLD });
    expect((await changedIn(disk, OLD)).texts).toMatchObject({ a: 'one' });
  });

  it('begins anew where a merge takes the generation and its journal away meanwhile', async () => {
    const { disk, site } = await lived();
    const history = historyOf(await backUp(disk));
    let merged = '';
    // As the first file is opened: no lease was seen by who prunes.
    const racing = withOpenInput(disk, async (path) => {
      if (merged === '' && path.endsWith('documents.bin')) {
        merged = await merge(disk, history, 5);
        for (const name of disk.list(`${INDEX}/leases`)) disk.unlink(`${INDEX}/leases/${name}`);
        pruneGenerations(INDEX, 1, disk);
        await site.apply(put('a', 'behind the merge'));
      }
      return disk.openInput(path);
    });
    const repository = await repositoryOn(disk);
    const input = { repository, index: INDEX, disk: racing, read: readName };
    const snapshot = await createBackup(input, portsAt(START_MS + 2000));
    expect(snapshot).toMatchObject({ generation: { name: merged }, journalUpTo: 6, journal: { changed: 1 } });
    const { generation } = await restore(disk, snapshot.id, portsAt(START_MS + 3000));
    expect((await changedIn(disk, generation)).texts).toEqual({ a: 'behind the merge' });
  });

  it('removes journals that go with no generation any more, and no other', async () => {
    const { disk } = await lived();
    const { id } = await backUp(disk);
    const first = await restore(disk, id, portsAt(START_MS + 1000));
    const second = await restore(disk, id, portsAt(START_MS + 2000));
    const folders = (): string[] => disk.list(`${INDEX}/journal`).filter((name) => /^[0-9a-f]{16}$/.test(name));
    expect(folders().sort()).toEqual([first.history!, second.history!].sort());
    pruneGenerations(INDEX, 1, disk);
    // What served before the restore is kept for its undoing.
    expect(folders().sort()).toEqual([first.history!, second.history!].sort());
    expect(disk.list(`${INDEX}/journal`).some((name) => name.endsWith('.log'))).toBe(false);
  });
});

/** The same disk, of which one call does more. */
const withOpenInput = (disk: SimulatedDisk, openInput: Disk['openInput']): Disk =>
  new Proxy<Disk>(disk, {
    get: (_, name: keyof Disk) =>
      name === 'openInput' ? openInput : (disk[name] as (...of: unknown[]) => unknown).bind(disk),
  });

describe('the journal in a backup', () => {
  it('is found out where a bit flipped or a piece is short or gone, and nothing of it serves', async () => {
    const { disk, site } = await lived();
    await site.close();
    const { id, journal } = await backUp(disk);
    const { tree } = disk;
    const objects = Object.values(journal!.files).flatMap((file) => file.objects.map(([sha256]) => sha256));
    await fc.assert(
      fc.asyncProperty(fc.nat(objects.length - 1), fc.nat(), fc.nat(9), async (object, place, how) => {
        const damaged = new SimulatedDisk(tree);
        const sha256 = objects[object]!;
        const path = `${BACKUPS}/objects/${sha256.slice(0, 2)}/${sha256}`;
        const bytes = damaged.read(path);
        const at = place % bytes.length;
        if (how === 9) damaged.unlink(path);
        else write(damaged, path, how === 8 ? bytes.subarray(0, at) : bytes.with(at, bytes[at]! ^ (1 << how)));
        const repository = await repositoryOn(damaged);
        expect(await verifyBackup(repository, id, portsAt())).toMatchObject({ sound: false });
        await expect(restore(damaged, id)).rejects.toMatchObject({ code: 'backup_damaged' });
        expect(currentGeneration(INDEX, damaged)).toBe(OLD);
      }),
      { numRuns: 100 },
    );
  });

  it('that was damaged before is copied as it is, and says so', async () => {
    const { disk, site } = await lived();
    await site.close();
    const folder = journalFolder(INDEX, requireGeneration(INDEX, OLD, disk).manifest, disk);
    const [first] = disk.list(folder).filter((name) => name.endsWith('.log'));
    const bytes = disk.read(`${folder}/${first}`);
    write(disk, `${folder}/${first}`, bytes.with(1100, bytes[1100]! ^ 1));
    const snapshot = await backUp(disk);
    expect(snapshot.journal!.damage).toEqual([expect.stringMatching(/changes 1 to 3 are lost/)]);
    const { generation } = await restore(disk, snapshot.id, portsAt(START_MS + 2000));
    expect(await changedIn(disk, generation)).toMatchObject({
      texts: { b: null, c: 'one' },
      damage: [expect.stringMatching(/changes 1 to 3 are lost/)],
    });
  });

  it('of a restore that fails is none that anybody reads', async () => {
    const { disk, site } = await lived();
    const { id } = await backUp(disk);
    const failing = async (): Promise<void> => {
      const repository = await repositoryOn(disk);
      const snapshot = await repository.snapshot(id);
      await repository.target.remove([objectName(snapshot.files['posts.bin']!.objects[0]![0])]);
      await restore(disk, id);
    };
    await expect(failing()).rejects.toSatisfy((error) => (error as EngineError).code === 'backup_damaged');
    await site.apply(put('a', 'two'));
    expect((await changedIn(disk, currentGeneration(INDEX, disk)!)).texts).toMatchObject({ a: 'two' });
  });
});
