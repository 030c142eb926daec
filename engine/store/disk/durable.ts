/** How is something done so that a crash leaves either what was or what is to be? Each of these has returned only when it is durable. */
import { dirname, join } from 'node:path';
import { type Disk, isDiskError } from './disk.ts';

/** What is not whole yet: never opened, removed by the next build. */
export const PART = '.part';

/** Makes the folder and those above it that are missing; each new name is synced in the folder that holds it. */
export function ensureFolder(disk: Disk, path: string): void {
  const found = disk.look(path);
  if (found?.kind === 'folder') return;
  const above = dirname(path);
  ensureFolder(disk, above);
  try {
    disk.makeFolder(path);
  } catch (error) {
    // Another process made it meanwhile, and may not have synced it yet.
    if (!(isDiskError(error, 'EEXIST') && disk.look(path)?.kind === 'folder')) throw error;
  }
  disk.syncFolder(above);
}

/** Writes a new file whose bytes are durable; its name is so only when its folder is synced. */
export function writeSynced(disk: Disk, path: string, bytes: Uint8Array): void {
  const output = disk.open(path, 'create');
  try {
    output.write(bytes);
    output.sync();
  } finally {
    output.close();
  }
}

/** The file has the old bytes or the new ones, whatever happens. */
export function replaceFile(disk: Disk, path: string, bytes: Uint8Array): void {
  writeSynced(disk, path + PART, bytes);
  disk.rename(path + PART, path);
  disk.syncFolder(dirname(path));
}

/** Moves within one folder. */
export function renameSynced(disk: Disk, from: string, to: string): void {
  disk.rename(from, to);
  disk.syncFolder(dirname(to));
}

/** A folder with all that is in it. Not at once: who must not be seen half removed is renamed before. */
export function removeTree(disk: Disk, path: string): void {
  if (disk.look(path)?.kind === 'folder') {
    for (const name of disk.list(path)) removeTree(disk, join(path, name));
    disk.removeFolder(path);
  } else disk.unlink(path);
}
