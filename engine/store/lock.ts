/** One writer an index: two builds in one folder would remove each other's drafts. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { writing } from './access.ts';
import { isAlive } from './alive.ts';
import { type Disk, ensureFolder, isDiskError, machineDisk } from './disk/index.ts';

const NAME = 'LOCK';
/** Takeovers that others win before this one gives up. */
const ATTEMPTS_MAX = 10;

/** Locks of this process: one that bears its id and is not among them was left by an earlier process with the same id. */
const taken = new Set<string>();

/**
 * Takes the folder for this process until the returned function is called. A lock whose process is gone is taken over.
 *
 * Nothing of it is synced: after a power cut there is no process that holds it.
 *
 * @throws EngineError index_busy with the id of the process that holds it; index_unwritable
 */
export function lockIndex(index: string, disk: Disk = machineDisk): () => void {
  return writing(index, () => take(index, disk));
}

function take(index: string, disk: Disk): () => void {
  ensureFolder(disk, index);
  const path = join(disk.realPath(index), NAME);
  const own = `${process.pid} ${randomUUID()}\n`;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (create(disk, path, own)) {
      taken.add(own);
      return () => {
        taken.delete(own);
        if (read(disk, path) === own) letGo(disk, path);
      };
    }
    const held = read(disk, path);
    if (held === null) continue;
    if (isHeld(held)) throw busy(index, path, held);
    setAside(disk, path, held);
  }
  throw busy(index, path, read(disk, path) ?? '');
}

/** A lock that the disk does not let go of counts for nothing when this process is gone, and here from now on. */
function letGo(disk: Disk, path: string): void {
  try {
    disk.unlink(path);
  } catch (error) {
    if (!isDiskError(error)) throw error;
  }
}

/** A link and not an exclusive open: the lock appears with its content, so that nobody sees it without an owner. */
function create(disk: Disk, path: string, content: string): boolean {
  const draft = `${path}.${randomUUID()}`;
  try {
    const output = disk.open(draft, 'new');
    try {
      output.write(new TextEncoder().encode(content));
    } finally {
      output.close();
    }
    disk.link(draft, path);
    return true;
  } catch (error) {
    if (!isDiskError(error, 'EEXIST')) throw error;
    return false;
  } finally {
    removeIfThere(disk, draft);
  }
}

/** Removes a stale lock under a name of its own: of several that try, one moves it, and one that moved another's gives it back. */
function setAside(disk: Disk, path: string, stale: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    disk.rename(path, aside);
  } catch (error) {
    if (!isDiskError(error, 'ENOENT')) throw error;
    return;
  }
  const moved = read(disk, aside);
  if (moved !== null && moved !== stale) create(disk, path, moved);
  removeIfThere(disk, aside);
}

function removeIfThere(disk: Disk, path: string): void {
  try {
    disk.unlink(path);
  } catch (error) {
    if (!isDiskError(error, 'ENOENT')) throw error;
  }
}

function read(disk: Disk, path: string): string | null {
  try {
    return new TextDecoder().decode(disk.read(path));
  } catch {
    return null;
  }
}

function isHeld(content: string): boolean {
  const pid = Number.parseInt(content, 10);
  if (!(pid > 0)) return false;
  return pid === process.pid ? taken.has(content) : isAlive(pid);
}

function busy(index: string, path: string, held: string): EngineError {
  const owner = Number.parseInt(held, 10);
  return new EngineError('index_busy', `Cannot write index: process ${owner} is writing it: ${index}`, {
    file: path,
    value: owner,
    remedy: 'Wait until it is done, or end it',
  });
}
