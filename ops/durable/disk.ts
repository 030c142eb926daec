/**
 * What do records that must survive ask of a file system?
 *
 * The disk port of the index fits as it is; one whose calls take their time fits too, so that nobody waits on the main thread for
 * a sync. What may be relied on is what POSIX promises: bytes may be lost until `sync` has returned, names until `syncFolder` has.
 */
export interface RecordDisk {
  /** Null where there is nothing of that name. */
  look(path: string): Soon<{ readonly bytes: number } | null>;
  read(path: string): Soon<Uint8Array>;
  /** Names in a folder, sorted. */
  list(path: string): Soon<readonly string[]>;
  /** `create` empties a file that is there; `append` writes behind its end. */
  open(path: string, how: 'create' | 'append'): Soon<RecordOutput>;
  /** Takes the place of what `to` names, at once. */
  rename(from: string, to: string): unknown;
  unlink(path: string): unknown;
  makeFolder(path: string): unknown;
  syncFolder(path: string): unknown;
}

/** A file being written; what is returned is awaited. */
export interface RecordOutput {
  write(bytes: Uint8Array): unknown;
  sync(): unknown;
  close(): unknown;
}

type Soon<Value> = Value | Promise<Value>;
