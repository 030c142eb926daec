/** A small index and its backups on any disk: real generations, real objects; what is in them is told by a stand-in. */

import { createBackup, type ReadIndex } from '../../../engine/backup/create.ts';
import { Repository } from '../../../engine/backup/repository.ts';
import { restoreBackup } from '../../../engine/backup/restore.ts';
import { objectsOf, type Snapshot } from '../../../engine/backup/snapshot.ts';
import { FolderTarget } from '../../../engine/backup/target/folder-target.ts';
import type { Ports } from '../../../engine/backup/work.ts';
import type { Clock } from '../../../engine/clock.ts';
import type { Disk } from '../../../engine/store/disk/index.ts';
import { type Restored, verifyNamed } from '../../../engine/store/index.ts';
import { START_MS } from '../store/generation-folders.ts';

export const INDEX = 'site/index';
export const BACKUPS = 'site/backups';

/** Stands still, an hour and more after everything that is on a simulated disk. */
export const clockAt = (wallMs: number): Clock => ({ nowUs: () => wallMs * 1000, wallMs: () => wallMs });

export const portsAt = (wallMs = START_MS, signal: AbortSignal | null = null): Ports => ({
  clock: clockAt(wallMs),
  progress: () => {},
  signal,
});

/** Opening an index takes its real files; here its name stands for what is in it. */
export const readName: ReadIndex = async ({ manifest }) => ({
  documents: new TextEncoder().encode(`${'0'.repeat(32)} ${JSON.stringify(manifest.generation)}\n`),
  probes: { titles: [], vectors: [] },
});

export const repositoryOn = (disk: Disk): Promise<Repository> => Repository.openOrMake(new FolderTarget(BACKUPS, disk));

export async function backUp(disk: Disk, ports = portsAt()): Promise<Snapshot> {
  const repository = await repositoryOn(disk);
  return createBackup({ repository, index: INDEX, disk, read: readName }, ports);
}

export async function restore(disk: Disk, id: string, ports = portsAt()): Promise<Restored> {
  const repository = await repositoryOn(disk);
  const snapshot = await repository.snapshot(id);
  const verify = async (index: string, name: string): Promise<void> => void (await verifyNamed(index, name, disk));
  return restoreBackup({ repository, snapshot, index: INDEX, disk, verify, swap: true, agree: async () => {} }, ports);
}

/** What is wrong with any backup that is listed, in words; null where all can be relied on. */
export async function faultOfBackups(disk: Disk): Promise<string | null> {
  const repository = await repositoryOn(disk);
  for (const { id, snapshot, damage } of await repository.list()) {
    if (damage !== null) return damage;
    for (const sha256 of objectsOf(snapshot).keys()) {
      const fault = await repository.checkObject(sha256);
      if (fault !== null) return `${id}: ${fault}: ${sha256}`;
    }
  }
  return null;
}
