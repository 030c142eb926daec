/**
 * What does the index ask of a file system?
 *
 * Everything that changes the index directory goes through this port, so that tests can put a disk behind it that loses what
 * was not synced, or fails at any call. Paths are as in node:fs; failures are errors with node's codes (`ENOSPC`, `EIO` …).
 *
 * What may be relied on is what POSIX promises and no more: written bytes may be lost, in part or out of order, until
 * {@link Output.sync} returns, and a name that was made, moved or removed until {@link Disk.syncFolder} of its folder does.
 */
export interface Disk {
  /** @throws EEXIST, ENOENT where the parent is missing */
  makeFolder(path: string): void;
  /** `create` empties a file that is there, `new` refuses it (EEXIST), `append` writes behind its end. */
  open(path: string, how: 'create' | 'new' | 'append'): Output;
  /** Makes the content of a file durable that somebody else has written. */
  syncFile(path: string): void;
  /** Makes the names in a folder durable, not the content of what they name. */
  syncFolder(path: string): void;
  /** Takes the place of what `to` names, at once: there is no moment at which `to` names nothing. */
  rename(from: string, to: string): void;
  /** A second name for a file. @throws EEXIST */
  link(from: string, to: string): void;
  unlink(path: string): void;
  /** @throws ENOTEMPTY */
  removeFolder(path: string): void;
  read(path: string): Uint8Array;
  /** Names in a folder, sorted. */
  list(path: string): string[];
  /** Null where there is nothing of that name. */
  look(path: string): Found | null;
  /** The path without symbolic links. */
  realPath(path: string): string;
  openInput(path: string): Promise<Input>;
}

export interface Found {
  readonly kind: 'file' | 'folder';
  readonly bytes: number;
  /** Milliseconds since the Unix epoch. */
  readonly modifiedMs: number;
}

/** A file being written. */
export interface Output {
  write(bytes: Uint8Array): void;
  sync(): void;
  close(): void;
}

/** A file being read, at any place. */
export interface Input {
  readonly bytes: number;
  /** Fills `into` from byte `at` on as far as the file goes; returns how many came. */
  read(into: Uint8Array, at: number): Promise<number>;
  close(): Promise<void>;
}

/** Whether the error is one that a file system gives, of one of these codes where any are named. */
export function isDiskError(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code !== 'string' || !(error instanceof Error)) return false;
  return codes.length === 0 ? /^E[A-Z0-9]+$/.test(code) : codes.includes(code);
}
