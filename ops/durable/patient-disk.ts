/** The machine's own file system, asked from the threads that Node keeps for it: the main thread never waits for a sync. */
import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import type { RecordDisk } from './disk.ts';

export const patientDisk: RecordDisk = {
  look: async (path) => {
    try {
      return { bytes: (await stat(path)).size };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  },
  read: (path) => readFile(path),
  list: async (path) => (await readdir(path)).sort(),
  open: async (path, how) => {
    const file = await open(path, how === 'append' ? 'a' : 'w');
    return { write: (bytes) => file.writeFile(bytes), sync: () => file.sync(), close: () => file.close() };
  },
  rename,
  unlink,
  makeFolder: (path) => mkdir(path),
  syncFolder: async (path) => {
    // Windows has no such thing as an open folder, and keeps names durable by its journal.
    if (process.platform === 'win32') return;
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};
