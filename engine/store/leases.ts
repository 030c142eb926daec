/**
 * Which generations are being served: `leases/PID` holds their names, one a line, for as long as process PID serves them. There
 * are two while it goes over from one to the other.
 *
 * A worker that replaces a dead one opens the files again, so pruning must leave them. A lease of a process that is gone
 * counts for nothing and is removed.
 */
import { join } from 'node:path';
import { isAlive } from './alive.ts';
import { type Disk, ensureFolder, isDiskError, machineDisk, PART } from './disk/index.ts';

const leasesOf = (index: string): string => join(index, 'leases');

/** Those of this process, by index. */
const own = new Map<string, readonly string[]>();

/**
 * Keeps the generation from being pruned until the returned function is called. An index that cannot be written needs no
 * lease: nobody prunes it. A disk that is full or fails keeps nobody from serving.
 */
export function leaseGeneration(index: string, generation: string, disk: Disk = machineDisk): () => void {
  write(disk, index, [...(own.get(index) ?? []), generation]);
  let released = false;
  return () => {
    if (released) return;
    released = true;
    const names = own.get(index) ?? [];
    write(disk, index, names.toSpliced(names.indexOf(generation), 1));
  };
}

/** By rename, so that who prunes never sees less than is served. Nothing is synced: after a crash nobody serves. */
function write(disk: Disk, index: string, names: readonly string[]): void {
  own.set(index, names);
  const path = join(leasesOf(index), String(process.pid));
  if (names.length === 0) {
    remove(disk, path);
    return;
  }
  try {
    ensureFolder(disk, leasesOf(index));
    const output = disk.open(path + PART, 'create');
    try {
      output.write(new TextEncoder().encode(`${names.join('\n')}\n`));
    } finally {
      output.close();
    }
    disk.rename(path + PART, path);
  } catch (error) {
    if (!isDiskError(error)) throw error;
  }
}

/** Names of the generations that living processes serve. */
export const leasedGenerations = (index: string, disk: Disk = machineDisk): Set<string> =>
  new Set([...livingLeases(index, disk).values()].flat());

/** Ids of the processes that serve this index. */
export const serversOf = (index: string): number[] => [...livingLeases(index, machineDisk).keys()];

/** By process; leases of the dead are removed. */
export function livingLeases(index: string, disk: Disk = machineDisk): Map<number, string[]> {
  const leases = new Map<number, string[]>();
  for (const name of readNames(index, disk)) {
    const path = join(leasesOf(index), name);
    if (isAlive(Number(name))) leases.set(Number(name), new TextDecoder().decode(disk.read(path)).trim().split('\n'));
    else remove(disk, path);
  }
  return leases;
}

/** A lease that cannot be removed counts for nothing once its process is gone. */
function remove(disk: Disk, path: string): void {
  try {
    disk.unlink(path);
  } catch (error) {
    if (!isDiskError(error)) throw error;
  }
}

function readNames(index: string, disk: Disk): string[] {
  try {
    return disk.list(leasesOf(index)).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
