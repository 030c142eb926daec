/**
 * The file of the keys. It appears whole or not at all: written beside, fsynced, renamed, with the folder fsynced behind it. Writers
 * take turns, so that of two keys that are made at once both are kept.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { EngineError } from '../../engine/errors.ts';
import { lockIndex } from '../../engine/store/index.ts';
import { type KeyRecord, keyFileSchema } from './key-record.ts';

const FILE_BYTES_MAX = 16 * 2 ** 20;
const FORMAT = 'wp-chat keys 1';
/** Bits of a mode by which others than the owner could put keys of their own into the file. */
const WRITABLE_BY_OTHERS = 0o022;
const LOCK_PAUSE_MS = 20;
const LOCK_WAIT_MS = 10_000;

/**
 * The keys, none where there is no file.
 *
 * @throws EngineError config_invalid where it is torn, not ours, or writable by others
 */
export function readKeys(file: string): readonly KeyRecord[] {
  let text: string;
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    if (process.platform !== 'win32' && (stat.mode & WRITABLE_BY_OTHERS) !== 0) throw writableByOthers(file, stat.mode);
    if (stat.size > FILE_BYTES_MAX) throw foreign(file, `it has ${stat.size} bytes`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw error instanceof EngineError ? error : foreign(file, (error as Error).message);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What the parser says holds a piece of the file, which may be anything.
    throw foreign(file, 'it is no whole JSON document');
  }
  const parsed = keyFileSchema.safeParse(value);
  if (parsed.success) return parsed.data.keys;
  const { path, message } = parsed.error.issues[0]!;
  throw foreign(file, `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`);
}

/**
 * Replaces the keys by what `change` makes of them.
 *
 * @throws EngineError config_invalid where the file is not ours, internal where it cannot be written; what `change` throws
 */
export function changeKeys(file: string, change: (keys: readonly KeyRecord[]) => readonly KeyRecord[]): void {
  const folder = dirname(file);
  const release = orRefuse(file, () => {
    mkdirSync(folder, { recursive: true });
    return lockFolder(folder, file);
  });
  try {
    const keys = change(readKeys(file));
    orRefuse(file, () => write(file, folder, keys));
  } finally {
    release();
  }
}

/** The folder's lock is the one that guards an index: a holder that died is found out and set aside. */
function lockFolder(folder: string, file: string): () => void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; ; waitedMs += LOCK_PAUSE_MS) {
    try {
      return lockIndex(folder);
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'index_busy')) throw error;
      if (waitedMs < LOCK_WAIT_MS) Atomics.wait(pause, 0, 0, LOCK_PAUSE_MS);
      else throw busy(file, error);
    }
  }
}

function write(file: string, folder: string, keys: readonly KeyRecord[]): void {
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  const fd = openSync(fresh, 'wx', 0o600);
  try {
    writeFileSync(fd, `${JSON.stringify({ format: FORMAT, keys }, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(fresh, file);
  const folderFd = openSync(folder, 'r');
  try {
    fsyncSync(folderFd);
  } finally {
    closeSync(folderFd);
  }
}

function orRefuse<Result>(file: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof EngineError) throw error;
    const remedy = 'Make the folder writable, or set server.auth.keysFile to a file in one that is';
    throw new EngineError('internal', `Cannot write keys: ${(error as Error).message}`, { file, remedy }, error);
  }
}

const busy = (file: string, { place }: EngineError): EngineError =>
  new EngineError('internal', `Cannot write keys: process ${place.value} has held the lock for 10 s: ${place.file}`, {
    file,
    value: place.value,
    remedy: 'Wait until it is done, or end it',
  });

const foreign = (file: string, why: string): EngineError =>
  new EngineError('config_invalid', `Cannot read keys: ${why}: ${file}`, {
    file,
    field: 'server.auth.keysFile',
    remedy: 'Bring back a copy of the file, or move it away and make new keys with wp-chat keys create',
  });

const writableByOthers = (file: string, mode: number): EngineError =>
  new EngineError(
    'config_invalid',
    `Cannot trust keys: others may write them, mode ${(mode & 0o777).toString(8)}: ${file}`,
    {
      file,
      field: 'server.auth.keysFile',
      remedy: `chmod 600 ${file}`,
    },
  );
