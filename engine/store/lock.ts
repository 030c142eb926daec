/** One writer an index: two builds in one folder would remove each other's drafts. */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { isAlive } from './alive.ts';

const NAME = 'LOCK';
/** Takeovers that others win before this one gives up. */
const ATTEMPTS_MAX = 10;

/** Locks of this process: one that bears its id and is not among them was left by an earlier process with the same id. */
const taken = new Set<string>();

/**
 * Takes the folder for this process until the returned function is called. A lock whose process is gone is taken over.
 *
 * @throws EngineError index_busy with the id of the process that holds it
 */
export function lockIndex(index: string): () => void {
  mkdirSync(index, { recursive: true });
  const path = join(realpathSync(index), NAME);
  const own = `${process.pid} ${randomUUID()}\n`;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (create(path, own)) {
      taken.add(own);
      return () => {
        taken.delete(own);
        if (read(path) === own) rmSync(path, { force: true });
      };
    }
    const held = read(path);
    if (held === null) continue;
    if (isHeld(held)) throw busy(index, path, held);
    setAside(path, held);
  }
  throw busy(index, path, read(path) ?? '');
}

/** A link and not an exclusive open: the lock appears with its content, so that nobody sees it without an owner. */
function create(path: string, content: string): boolean {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, content, { flag: 'wx' });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes a stale lock under a name of its own: of several that try, one moves it, and one that moved another's gives it back. */
function setAside(path: string, stale: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return;
  }
  const moved = read(aside);
  if (moved !== null && moved !== stale) create(path, moved);
  rmSync(aside, { force: true });
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
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
