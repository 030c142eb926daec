/** What the outbox asks of a file system: a part of the port that everything goes through which must survive. Errors as of node:fs. */
import { dirname } from 'node:path';

export interface Output {
  write(bytes: Uint8Array): void;
  sync(): void;
  close(): void;
}

export interface OutboxDisk {
  makeFolder(path: string): void;
  open(path: string, how: 'create' | 'append'): Output;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): void;
  /** Takes the place of what `to` names, at once. */
  rename(from: string, to: string): void;
  read(path: string): Uint8Array;
  /** Null where there is nothing of that name. */
  look(path: string): { readonly kind: 'file' | 'folder' } | null;
}

/** With those above it; each is durable when this returns. */
export function ensureFolder(disk: OutboxDisk, path: string): void {
  if (disk.look(path) !== null) return;
  ensureFolder(disk, dirname(path));
  disk.makeFolder(path);
  disk.syncFolder(dirname(path));
}

/** The file has the old bytes or the new ones, whatever happens. */
export function replaceFile(disk: OutboxDisk, path: string, bytes: Uint8Array): void {
  const part = `${path}.part`;
  const output = disk.open(part, 'create');
  try {
    output.write(bytes);
    output.sync();
  } finally {
    output.close();
  }
  disk.rename(part, path);
  disk.syncFolder(dirname(path));
}
