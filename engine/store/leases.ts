/**
 * Which generations are being served: `leases/PID` holds their names, one a line, for as long as process PID serves them. There
 * are two while it goes over from one to the other.
 *
 * A worker that replaces a dead one opens the files again, so pruning must leave them. A lease of a process that is gone
 * counts for nothing and is removed.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './alive.ts';

const leasesOf = (index: string): string => join(index, 'leases');

/** Those of this process, by index; a generation may be leased more than once. */
const own = new Map<string, string[]>();

/** Keeps the generation from being pruned until the returned function is called. A read-only index needs no lease. */
export function leaseGeneration(index: string, generation: string): () => void {
  write(index, [...(own.get(index) ?? []), generation]);
  let released = false;
  return () => {
    if (released) return;
    released = true;
    const names = own.get(index) ?? [];
    write(index, names.toSpliced(names.indexOf(generation), 1));
  };
}

/** By rename: who prunes must not see an empty file. */
function write(index: string, names: readonly string[]): void {
  own.set(index, [...names]);
  const path = join(leasesOf(index), String(process.pid));
  const draft = join(leasesOf(index), `.${process.pid}`);
  try {
    mkdirSync(leasesOf(index), { recursive: true });
    if (names.length === 0) rmSync(path, { force: true });
    else {
      writeFileSync(draft, `${names.join('\n')}\n`);
      renameSync(draft, path);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EROFS' && code !== 'EACCES') throw error;
  }
}

/** Names of the generations that living processes serve. */
export const leasedGenerations = (index: string): Set<string> => new Set([...livingLeases(index).values()].flat());

/** Ids of the processes that serve this index. */
export const serversOf = (index: string): number[] => [...livingLeases(index).keys()];

/** By process; leases of the dead are removed. */
function livingLeases(index: string): Map<number, string[]> {
  const leases = new Map<number, string[]>();
  for (const name of readNames(leasesOf(index))) {
    const path = join(leasesOf(index), name);
    if (isAlive(Number(name))) leases.set(Number(name), readFileSync(path, 'utf8').trim().split('\n'));
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
