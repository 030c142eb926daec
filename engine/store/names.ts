/**
 * What is in `generations/`, by name?
 *
 * ```text
 * NAME              a whole generation: it got this name only when all of it was durable
 * NAME.part         being written, or being removed; never opened, removed by the next build
 * NAME.damaged[-N]  moved aside, for whoever wants to know what happened; never opened
 * ```
 */
import { join } from 'node:path';
import { type Disk, isDiskError, machineDisk, PART } from './disk/index.ts';

const DAMAGED = /^(.+)\.damaged(?:-(\d+))?$/;
const byAge = new Intl.Collator('en', { numeric: true }).compare;

export const rootOf = (index: string): string => join(index, 'generations');
export const folderOf = (index: string, name: string): string => join(rootOf(index), name);

/** Whether it may name a generation: no path, nothing hidden, nothing that is not whole. */
export const isName = (name: string): boolean =>
  /^\w[\w.-]*$/.test(name) && !name.endsWith(PART) && !DAMAGED.test(name);

export interface Listed {
  /** Oldest first; the tenth of a second comes after the second one. */
  readonly whole: string[];
  readonly parts: string[];
  /** Oldest first. */
  readonly damaged: string[];
}

/** Empty where there is no such folder. */
export function listGenerations(disk: Disk, index: string): Listed {
  let names: string[];
  try {
    names = disk.list(rootOf(index)).sort(byAge);
  } catch (error) {
    if (!isDiskError(error, 'ENOENT', 'ENOTDIR')) throw error;
    names = [];
  }
  return {
    whole: names.filter(isName),
    parts: names.filter((name) => name.endsWith(PART)),
    damaged: names.filter((name) => DAMAGED.test(name)),
  };
}

/** Names of the whole ones, oldest first; none where they cannot be listed. */
export function generationNames(index: string, disk: Disk = machineDisk): string[] {
  try {
    return listGenerations(disk, index).whole;
  } catch {
    return [];
  }
}

/** The generation that a damaged folder was. */
export const damagedName = (entry: string): string => DAMAGED.exec(entry)?.[1] ?? entry;

/** A name of this second that never was: above the last, since one that was pruned must not come back with other content. */
export function nextName({ whole, damaged }: Listed, wallMs: number): string {
  const stamp = new Date(wallMs).toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const last = [...whole, ...damaged.map(damagedName)].sort(byAge).findLast((name) => name.startsWith(stamp));
  return last === undefined ? stamp : `${stamp}-${Number(last.slice(stamp.length + 1) || 1) + 1}`;
}

/** Under which name a damaged generation is moved aside. */
export function damagedEntry({ damaged }: Listed, name: string): string {
  const plain = `${name}.damaged`;
  const taken = damaged.filter((entry) => damagedName(entry) === name);
  if (taken.length === 0) return plain;
  const last = Math.max(...taken.map((entry) => Number(DAMAGED.exec(entry)![2] ?? 1)));
  return `${plain}-${last + 1}`;
}
