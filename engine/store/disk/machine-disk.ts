/** The machine's own file system. */
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { type Disk, type Input, isDiskError, type Output } from './disk.ts';

const FLAGS = { create: 'w', new: 'wx', append: 'a' } as const;

export const machineDisk: Disk = {
  makeFolder: (path) => mkdirSync(path),
  open: (path, how) => outputOf(openSync(path, FLAGS[how])),
  syncFile: sync,
  // Windows has no such thing as an open folder, and keeps names durable by its journal.
  syncFolder: process.platform === 'win32' ? () => {} : sync,
  rename: renameSync,
  link: linkSync,
  unlink: unlinkSync,
  removeFolder: (path) => rmdirSync(path),
  read: (path) => readFileSync(path),
  list: (path) => readdirSync(path).sort(),
  look: (path) => {
    try {
      const found = statSync(path);
      return { kind: found.isDirectory() ? 'folder' : 'file', bytes: found.size, modifiedMs: found.mtimeMs };
    } catch (error) {
      if (isDiskError(error, 'ENOENT', 'ENOTDIR')) return null;
      throw error;
    }
  },
  realPath: (path) => realpathSync(path),
  openInput,
};

function sync(path: string): void {
  const file = openSync(path, process.platform === 'win32' ? 'r+' : 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function outputOf(file: number): Output {
  return {
    write: (bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    },
    sync: () => fsyncSync(file),
    close: () => closeSync(file),
  };
}

async function openInput(path: string): Promise<Input> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  return {
    bytes: size,
    read: async (into, at) => {
      let filled = 0;
      while (filled < into.length) {
        const { bytesRead } = await file.read(into, filled, into.length - filled, at + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    },
    close: () => file.close(),
  };
}
