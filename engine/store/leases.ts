/**
 * Which generations are being served: `leases/PID` holds a generation's name for as long as process PID serves it.
 *
 * A worker that replaces a dead one opens the files again, so pruning must leave them. A lease of a process that is gone
 * counts for nothing and is removed.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './alive.ts';

const leasesOf = (index: string): string => join(index, 'leases');

/** Keeps the generation from being pruned until the returned function is called. A read-only index needs no lease. */
export function leaseGeneration(index: string, generation: string): () => void {
  const path = join(leasesOf(index), String(process.pid));
  try {
    mkdirSync(leasesOf(index), { recursive: true });
    writeFileSync(path, `${generation}\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EROFS' && code !== 'EACCES') throw error;
  }
  return () => rmSync(path, { force: true });
}

/** Names of the generations that living processes serve. */
export const leasedGenerations = (index: string): Set<string> => new Set(livingLeases(index).values());

/** Ids of the processes that serve this index. */
export const serversOf = (index: string): number[] => [...livingLeases(index).keys()];

/** By process; leases of the dead are removed. */
function livingLeases(index: string): Map<number, string> {
  const leases = new Map<number, string>();
  for (const name of readNames(leasesOf(index))) {
    const path = join(leasesOf(index), name);
    if (isAlive(Number(name))) leases.set(Number(name), readFileSync(path, 'utf8').trim());
    else rmSync(path, { force: true });
  }
  return leases;
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
