/**
 * Which journal goes with a generation?
 *
 * ```text
 * journal/             of the index as it was built here
 * journal/<history>/   of what a restore made, and of all that is built or merged from that: their manifests name the history
 * ```
 * So the pointer alone says which generation serves and which journal goes with it: a restore, and its undoing, change both at
 * once, and neither journal is ever read over a generation of the other.
 */
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { type Disk, machineDisk, removeTree } from './disk/index.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { folderOf, listGenerations } from './names.ts';

const HISTORY = /^[0-9a-f]{16}$/;
const SEGMENT = /^\d{10}\.log$/;

const rootOf = (index: string): string => join(index, 'journal');

/** Where a history lies that a restore begins. */
export const ownJournal = (index: string, history: string): string => join(rootOf(index), history);

/** The folder of the journal that has the changes behind a generation. */
export function journalFolder(index: string, { journal }: Pick<Manifest, 'journal'>, disk: Disk = machineDisk): string {
  if (journal === undefined) return rootOf(index);
  const own = ownJournal(index, journal.history);
  return disk.look(own)?.kind === 'folder' ? own : rootOf(index);
}

/**
 * Removes journals that no generation goes with any more. The index must be locked. Where a manifest cannot be read nothing goes,
 * since what it needs is not known.
 *
 * @throws disk errors
 */
export function pruneJournals(index: string, disk: Disk): void {
  const root = rootOf(index);
  if (disk.look(root)?.kind !== 'folder') return;
  const needed = neededJournals(index, disk);
  if (needed === null) return;
  for (const name of disk.list(root)) {
    const path = join(root, name);
    if (HISTORY.test(name) && !needed.has(path)) removeTree(disk, path);
    else if (SEGMENT.test(name) && !needed.has(root)) disk.unlink(path);
  }
}

/** Null where that cannot be told. */
function neededJournals(index: string, disk: Disk): ReadonlySet<string> | null {
  const { whole, damaged } = listGenerations(disk, index);
  // Without a generation the journal is all there is.
  if (whole.length === 0) return null;
  try {
    const manifests = [...whole, ...damaged].map((name) => readManifest(disk, folderOf(index, name)).manifest);
    return new Set(manifests.map((manifest) => journalFolder(index, manifest, disk)));
  } catch (error) {
    if (error instanceof EngineError) return null;
    throw error;
  }
}
