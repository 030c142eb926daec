/** Backups in a folder of this machine, or one that is mounted. */
import { dirname, join } from 'node:path';
import { EngineError } from '../../errors.ts';
import { type Disk, ensureFolder, isDiskError, PART } from '../../store/disk/index.ts';
import type { Stored, Target } from './target.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'Free space there: wp-chat backup prune removes what no backup needs',
  EDQUOT: 'Free space there, or raise the quota of the user that runs wp-chat',
  EROFS: 'Mount it for writing: it may have been remounted read-only after an error',
  EACCES: 'Let the user that runs wp-chat read and write it',
  EPERM: 'Let the user that runs wp-chat read and write it',
  EIO: 'Look at that disk: the kernel log (dmesg) and smartctl say what is wrong with it',
};

export class FolderTarget implements Target {
  readonly place: string;
  readonly parallel = 1;
  readonly #disk: Disk;

  constructor(folder: string, disk: Disk) {
    this.place = folder;
    this.#disk = disk;
  }

  get(name: string): Promise<Uint8Array | null> {
    return this.#doing('read', async () => {
      try {
        return this.#disk.read(this.#path(name));
      } catch (error) {
        if (isDiskError(error, 'ENOENT', 'ENOTDIR')) return null;
        throw error;
      }
    });
  }

  /** Under another name first, so that nothing half written is ever taken for whole. */
  put(name: string, bytes: Uint8Array): Promise<void> {
    return this.#doing('write', async () => {
      const path = this.#path(name);
      ensureFolder(this.#disk, dirname(path));
      const output = this.#disk.open(path + PART, 'create');
      try {
        output.write(bytes);
        output.sync();
      } finally {
        output.close();
      }
      this.#disk.rename(path + PART, path);
    });
  }

  /** All folders, those of an earlier run too: what it put and did not settle is used again. */
  settle(): Promise<void> {
    return this.#doing('write', async () => {
      const sync = (folder: string): void => {
        for (const name of this.#disk.list(folder)) {
          const path = join(folder, name);
          if (this.#disk.look(path)?.kind === 'folder') sync(path);
        }
        this.#disk.syncFolder(folder);
      };
      sync(this.place);
      this.#disk.syncFolder(dirname(this.place));
    });
  }

  list(folder: string): Promise<Stored[]> {
    return this.#doing('read', async () => {
      const found: Stored[] = [];
      const walk = (name: string): void => {
        const path = this.#path(name);
        const what = this.#disk.look(path);
        if (what?.kind === 'folder') for (const inner of this.#disk.list(path)) walk(`${name}/${inner}`);
        // Removed while it is listed.
        else if (what !== null && !name.endsWith(PART)) {
          found.push({ name, bytes: what.bytes, modifiedMs: what.modifiedMs });
        }
      };
      walk(folder);
      return found;
    });
  }

  remove(names: readonly string[]): Promise<void> {
    return this.#doing('write', async () => {
      const folders = new Set<string>();
      for (const name of names) {
        try {
          this.#disk.unlink(this.#path(name));
        } catch (error) {
          if (!isDiskError(error, 'ENOENT', 'ENOTDIR')) throw error;
        }
        folders.add(dirname(this.#path(name)));
      }
      for (const folder of folders) if (this.#disk.look(folder) !== null) this.#disk.syncFolder(folder);
    });
  }

  #path(name: string): string {
    return join(this.place, name);
  }

  async #doing<Result>(what: 'read' | 'write', act: () => Promise<Result>): Promise<Result> {
    try {
      return await act();
    } catch (error) {
      if (!isDiskError(error)) throw error;
      throw new EngineError(
        'backup_unreachable',
        `Cannot ${what} backups: ${error.message}`,
        {
          file: error.path ?? this.place,
          value: error.code,
          remedy: REMEDIES[error.code!] ?? 'Look at the folder of backup.target, and run the same command again',
        },
        error,
      );
    }
  }
}
