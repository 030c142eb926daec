/** One writer an index: two builds in one folder would remove each other's drafts. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';

const NAME = 'LOCK';

/**
 * Takes the folder for this process until the returned function is called. A lock whose process is gone is taken over.
 *
 * @throws EngineError index_busy with the id of the process that holds it
 */
export function lockIndex(index: string): () => void {
  mkdirSync(index, { recursive: true });
  const path = join(index, NAME);
  for (let attempt = 0; ; attempt++) {
    try {
      const fd = openSync(path, 'wx');
      writeSync(fd, `${process.pid}\n`);
      closeSync(fd);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = ownerOf(path);
    if (attempt > 0 || (owner !== null && isAlive(owner))) {
      throw new EngineError('index_busy', `Cannot write index: process ${owner} is writing it: ${index}`, {
        file: path,
        value: owner,
        remedy: 'Wait until it is done, or end it',
      });
    }
    rmSync(path, { force: true });
  }
}

/** Null while the owner has not written its id yet, which takes a moment, or died before it could. */
function ownerOf(path: string): number | null {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
