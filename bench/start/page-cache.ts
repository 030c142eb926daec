/** How much of a folder does the kernel hold in memory, and how is it made to let go of that, without touching anybody else's files? */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of its files; null where util-linux's fincore is not installed. */
export function cachedBytes(folder: string): number | null {
  const { status, stdout } = spawnSync('fincore', ['--bytes', '--noheadings', '--output', 'RES', ...filesIn(folder)], {
    encoding: 'utf8',
  });
  if (status !== 0) return null;
  return stdout.split('\n').reduce((sum, line) => sum + Number(line), 0);
}

/** By posix_fadvise, which Node has not: GNU dd gives a whole file back when it is told to read none of it. */
export function dropCached(folder: string): void {
  for (const file of filesIn(folder)) {
    const { status, stderr } = spawnSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`Cannot drop ${file}: ${stderr}`);
  }
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
