/**
 * Generations: immutable folders, and one pointer that says which of them serves.
 *
 * ```text
 * data/index/CURRENT                    the serving generation, swapped by rename; see pointer.ts
 * data/index/generations/<name>/        manifest.json and the files it lists; see names.ts for other endings
 * ```
 * A folder is complete and synced before its rename, the rename is synced before the pointer moves, and a generation loses its
 * name before the first of its files goes: whatever instruction a crash comes at, each name without an ending is a whole
 * generation, and CURRENT names one of them or is not there.
 */
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { writing } from './access.ts';
import { type FileRecord, recordFile } from './blocks.ts';
import {
  type Disk,
  ensureFolder,
  isDiskError,
  machineDisk,
  PART,
  removeTree,
  renameSynced,
  writeSynced,
} from './disk/index.ts';
import { journalFolder, pruneJournals } from './journals.ts';
import { leasedGenerations } from './leases.ts';
import { encodeManifest, MANIFEST_FILE, type Manifest, readManifest, renamedManifest, sealOf } from './manifest.ts';
import { folderOf, listGenerations, nextName, rootOf } from './names.ts';
import { currentGeneration, writePointer } from './pointer.ts';
import { keptForUndo } from './restored.ts';

/** Damaged generations that stay to be looked at when another build has published. */
const DAMAGED_KEPT = 1;

/**
 * A fresh folder for a build; the name is that of its second, numbered where that second has others.
 *
 * @throws EngineError index_unwritable
 */
export function beginGeneration(
  index: string,
  wallMs: number,
  disk: Disk = machineDisk,
): { name: string; folder: string } {
  return writing(index, () => {
    ensureFolder(disk, rootOf(index));
    const listed = listGenerations(disk, index);
    for (const part of listed.parts) removeTree(disk, folderOf(index, part));
    const name = nextName(listed, wallMs);
    const folder = folderOf(index, name) + PART;
    disk.makeFolder(folder);
    return { name, folder };
  });
}

/**
 * Removes what was written of a generation that will not be: on a disk that is full its room is needed now, not when the next build
 * begins. What the disk refuses, that one removes.
 */
export function abandonGeneration(folder: string, disk: Disk = machineDisk): void {
  try {
    if (disk.look(folder) !== null) removeTree(disk, folder);
  } catch (error) {
    if (!isDiskError(error)) throw error;
  }
}

/** Lists the files of a finished build with their checksums, in the form the manifest keeps. */
export async function checksums(folder: string, disk: Disk = machineDisk): Promise<Record<string, FileRecord>> {
  const files: Record<string, FileRecord> = {};
  for (const name of disk.list(folder)) files[name] = await recordFile(disk, join(folder, name));
  return files;
}

/**
 * Makes a built folder durable and points CURRENT at it. When it returns, the generation serves and survives a power cut.
 *
 * @throws EngineError index_unwritable; what served before serves on
 */
export function publishGeneration(index: string, folder: string, manifest: Manifest, disk: Disk = machineDisk): void {
  writing(index, () => {
    writeSynced(disk, join(folder, MANIFEST_FILE), encodeManifest(manifest));
    place(disk, index, { folder, name: manifest.generation, files: Object.keys(manifest.files) });
    writePointer(disk, index, { name: manifest.generation, seal: sealOf(manifest) });
  });
}

/** A copy of a generation: bytes of the manifest of the one that was copied, and up to where which journal is in it. */
export interface CopiedManifest {
  readonly bytes: Uint8Array;
  readonly journal: NonNullable<Manifest['journal']>;
}

/**
 * Makes a folder durable that was filled from a copy of a generation, and gives it the name that was begun. Nothing serves it yet.
 *
 * @throws EngineError index_damaged | index_foreign where the manifest is not right; index_unwritable
 */
export function placeGeneration(
  index: string,
  { name, folder }: { name: string; folder: string },
  { bytes, journal }: CopiedManifest,
  disk: Disk = machineDisk,
): Manifest {
  return writing(index, () => {
    writeSynced(disk, join(folder, MANIFEST_FILE), renamedManifest(bytes, { generation: name, journal }));
    const placed = readManifest(disk, folder).manifest;
    place(disk, index, { folder, name, files: Object.keys(placed.files) });
    return placed;
  });
}

function place(
  disk: Disk,
  index: string,
  { folder, name, files }: { folder: string; name: string; files: readonly string[] },
): void {
  // Their writers may be native code that syncs nothing.
  for (const file of files) disk.syncFile(join(folder, file));
  disk.syncFolder(folder);
  renameSynced(disk, folder, folderOf(index, name));
}

/** Takes a generation away that nobody serves and CURRENT does not name. @throws EngineError index_unwritable */
export function removeGeneration(index: string, name: string, disk: Disk = machineDisk): void {
  writing(index, () => remove(disk, folderOf(index, name)));
}

/** First its name, then its files: a name without an ending is always a whole generation. */
function remove(disk: Disk, folder: string): void {
  renameSynced(disk, folder, folder + PART);
  removeTree(disk, folder + PART);
}

/**
 * Removes the oldest generations beyond `kept`, never the one that CURRENT names, one that a process serves, nor what served before a
 * restore of the last days; of those that were moved aside as damaged all but the youngest; and journals that go with none.
 *
 * @returns names of the whole ones that are gone
 * @throws EngineError index_unwritable
 */
export function pruneGenerations(index: string, kept: number, disk: Disk = machineDisk): string[] {
  return writing(index, () => {
    const wanted = leasedGenerations(index, disk).add(currentGeneration(index, disk) ?? '');
    const { whole, damaged } = listGenerations(disk, index);
    wanted.add(keptForUndo(index, newestMoment(index, whole, disk), disk) ?? '');
    const surplus = whole.filter((name) => !wanted.has(name)).slice(0, Math.max(0, whole.length - kept));
    for (const name of [...surplus, ...damaged.slice(0, -DAMAGED_KEPT)]) remove(disk, folderOf(index, name));
    pruneJournals(index, disk);
    return surplus;
  });
}

/** When the newest of them was made, which is about now. */
function newestMoment(index: string, whole: readonly string[], disk: Disk): string {
  const newest = whole.at(-1);
  try {
    return newest === undefined ? '' : readManifest(disk, folderOf(index, newest)).manifest.createdAt;
  } catch (error) {
    if (error instanceof EngineError) return '';
    throw error;
  }
}

/**
 * The least sequence of a journal that any whole generation covers with which it goes: what that one needs is still needed, for
 * it may be fallen back to. 0 where one covers nothing of it, or cannot be read.
 *
 * @throws disk errors
 */
export function leastCoverage(index: string, history: string, disk: Disk = machineDisk): number {
  const own = journalFolder(index, { journal: { history, sequence: 0 } }, disk);
  const covered = listGenerations(disk, index).whole.flatMap((name) => {
    try {
      const { manifest } = readManifest(disk, folderOf(index, name));
      if (journalFolder(index, manifest, disk) !== own) return [];
      return manifest.journal?.history === history ? manifest.journal.sequence : 0;
    } catch (error) {
      if (error instanceof EngineError) return 0;
      throw error;
    }
  });
  return covered.length === 0 ? 0 : Math.min(...covered);
}
