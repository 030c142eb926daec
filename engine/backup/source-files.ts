/**
 * The posts as they were read from their source, and how far the reading came: where a build from the source goes on.
 *
 * The first file says up to where the second is durable, so that is the order in which they are copied; what the second has beyond is
 * read by who opens it, or dropped where it is not whole. They are written back the other way round.
 *
 * ```text
 * source/            where a build reads
 * source.restored/   of a backup, until what was restored with it serves
 * source.before/     what was there before, for the undoing
 * ```
 * A crash between two of these leaves at worst no posts, or older ones than the index has: the source is then read anew, or from
 * there on.
 */
import { join } from 'node:path';
import { type Disk, removeTree } from '../store/disk/index.ts';
import { lockIndex, unwritable } from '../store/index.ts';
import { fetchFile } from './fetch.ts';
import type { Repository } from './repository.ts';
import type { Snapshot } from './snapshot.ts';

export const SOURCE_FOLDER = 'source';
export const SOURCE_FILES = ['state.json', 'posts.jsonl'] as const;

const RESTORED = `${SOURCE_FOLDER}.restored`;
const BEFORE = `${SOURCE_FOLDER}.before`;

interface Place {
  readonly index: string;
  readonly disk: Disk;
}

/** Durable when it returns. @returns whether there are any in the backup */
export async function fetchSource(
  { repository, snapshot }: { readonly repository: Repository; readonly snapshot: Pick<Snapshot, 'source'> },
  { index, disk }: Place,
): Promise<boolean> {
  const unlock = lockIndex(index, disk);
  try {
    const folder = join(index, RESTORED);
    if (disk.look(folder) !== null) removeTree(disk, folder);
    const files = Object.entries(snapshot.source).reverse();
    if (files.length === 0) return false;
    disk.makeFolder(folder);
    for (const [name, file] of files) {
      const path = join(folder, name);
      await fetchFile(repository, file, { disk, path, wrote: () => {} });
      disk.syncFile(path);
    }
    disk.syncFolder(folder);
    disk.syncFolder(index);
    return true;
  } catch (error) {
    throw unwritable(index, error);
  } finally {
    unlock();
  }
}

/** What was fetched takes the place of what is there. @throws EngineError index_busy | index_unwritable */
export function adoptSource({ index, disk }: Place): void {
  changing({ index, disk }, () => {
    const [now, restored, before] = [SOURCE_FOLDER, RESTORED, BEFORE].map((name) => join(index, name)) as Three;
    if (disk.look(restored) === null) return;
    if (disk.look(before) !== null) removeTree(disk, before);
    if (disk.look(now) !== null) disk.rename(now, before);
    disk.rename(restored, now);
    disk.syncFolder(index);
  });
}

type Three = [string, string, string];

/** What was there before is there again, and the other way round. @throws EngineError index_busy | index_unwritable */
export function exchangeSource({ index, disk }: Place): void {
  changing({ index, disk }, () => {
    const [now, aside, before] = [SOURCE_FOLDER, RESTORED, BEFORE].map((name) => join(index, name)) as Three;
    if (disk.look(aside) !== null) removeTree(disk, aside);
    if (disk.look(now) !== null) disk.rename(now, aside);
    if (disk.look(before) !== null) disk.rename(before, now);
    if (disk.look(aside) !== null) disk.rename(aside, before);
    disk.syncFolder(index);
  });
}

function changing({ index, disk }: Place, change: () => void): void {
  const unlock = lockIndex(index, disk);
  try {
    change();
  } catch (error) {
    throw unwritable(index, error);
  } finally {
    unlock();
  }
}
