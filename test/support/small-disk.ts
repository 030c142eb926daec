/** A file system of a few MiB, which a test may fill: a tmpfs, where this user may mount one. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterwards } from './afterwards.ts';
import { scratchFolder } from './scratch.ts';

export interface SmallDisk {
  readonly folder: string;
  /** Takes all the room that is left. */
  fill(): void;
  /** Gives back what {@link SmallDisk.fill} took. */
  clear(): void;
}

const FILL_BYTES = 4096;

/** Null, with a printed reason, where none can be had. Gone when the tests of this file are. */
export function mountSmallDisk(bytes: number): SmallDisk | null {
  const folder = scratchFolder();
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    process.stdout.write(`Skipped: no tmpfs can be mounted: ${error?.message ?? stderr.trim()}\n`);
    return null;
  }
  // Lazily: what a process that is being ended still has open keeps nobody else waiting.
  afterwards(() => void spawnSync('umount', ['--lazy', folder]));
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: () => {
      const file = openSync(filler, 'a');
      try {
        for (;;) writeSync(file, Buffer.alloc(FILL_BYTES));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    clear: () => unlinkSync(filler),
  };
}
