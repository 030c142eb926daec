/**
 * Which generations are being served: `leases/PID` holds a generation's name for as long as process PID serves it.
 *
 * A worker that replaces a dead one opens the files again, so pruning must leave them. A lease of a process that is gone
 * counts for nothing and is removed.
 */
import { join } from 'node:path';
import { isAlive } from './alive.ts';
import { type Disk, ensureFolder, isDiskError, machineDisk } from './disk/index.ts';

const leasesOf = (index: string): string => join(index, 'leases');

/**
 * Keeps the generation from being pruned until the returned function is called. An index that cannot be written needs no
 * lease: nobody prunes it. A disk that is full or fails keeps nobody from serving.
 */
export function leaseGeneration(index: string, generation: string, disk: Disk = machineDisk): () => void {
  const path = join(leasesOf(index), String(process.pid));
  try {
    ensureFolder(disk, leasesOf(index));
    const output = disk.open(path, 'create');
    try {
      output.write(new TextEncoder().encode(`${generation}\n`));
    } finally {
      output.close();
    }
  } catch (error) {
    if (!isDiskError(error)) throw error;
  }
  return () => remove(disk, path);
}

/** Names of the generations that living processes serve. */
export const leasedGenerations = (index: string, disk: Disk = machineDisk): Set<string> =>
  new Set(livingLeases(index, disk).values());

/** Ids of the processes that serve this index. */
export const serversOf = (index: string): number[] => [...livingLeases(index, machineDisk).keys()];

/** By process; leases of the dead are removed. */
export function livingLeases(index: string, disk: Disk = machineDisk): Map<number, string> {
  const leases = new Map<number, string>();
  for (const name of readNames(index, disk)) {
    const path = join(leasesOf(index), name);
    if (isAlive(Number(name))) leases.set(Number(name), new TextDecoder().decode(disk.read(path)).trim());
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
