/**
 * From a backup to a generation: a new one, never over what serves.
 *
 * ```text
 * every object against its name ─▶ NAME.part ─▶ every file against the manifest ─▶ synced, renamed ─▶ verified in a process of
 * its own ─▶ what served before is written down ─▶ CURRENT
 * ```
 * Whatever fails before the last step leaves what served serving; a crash leaves at most a whole generation more.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { EngineError } from '../errors.ts';
import { type Disk, isDiskError, replaceFile } from '../store/disk/index.ts';
import {
  beginGeneration,
  currentGeneration,
  lockIndex,
  MANIFEST_FILE,
  type Manifest,
  placeGeneration,
  removeGeneration,
  swapGeneration,
  unwritable,
} from '../store/index.ts';
import type { Repository } from './repository.ts';
import type { Snapshot, StoredFile } from './snapshot.ts';
import { ahead, type Ports, stepOf } from './work.ts';

/** In the index directory: what the last restore put in the place of what. */
const RESTORED_FILE = 'RESTORED';

export interface Restored {
  readonly backup: string;
  /** The generation that was made of it. */
  readonly generation: string;
  /** What CURRENT named before; null where there was nothing. */
  readonly before: string | null;
  readonly at: string;
}

/** @throws EngineError where it is not sound */
export type VerifyGeneration = (index: string, generation: string) => Promise<void>;

export interface RestoreInput {
  readonly repository: Repository;
  readonly snapshot: Snapshot;
  readonly index: string;
  readonly disk: Disk;
  readonly verify: VerifyGeneration;
  /** Whether CURRENT is to name it; else it is left to who asks. */
  readonly swap: boolean;
}

/**
 * @throws EngineError backup_damaged | backup_unreachable | index_busy | index_unwritable, the verification's; then nothing has changed
 */
export async function restoreBackup(input: RestoreInput, ports: Ports): Promise<Restored> {
  const { snapshot, index, disk, verify, swap } = input;
  const before = currentGeneration(index, disk);
  const generation = (await fetchGeneration(input, ports)).generation;
  ports.progress({ step: 'verifying', percent: 90 });
  try {
    await verify(index, generation);
    ports.signal?.throwIfAborted();
  } catch (error) {
    removeGeneration(index, generation, disk);
    throw error;
  }
  const restored = { backup: snapshot.id, generation, before, at: new Date(ports.clock.wallMs()).toISOString() };
  noteRestored(index, restored, disk);
  if (swap) {
    requireUnchanged(index, before, { generation, disk });
    await swapGeneration(index, generation, disk);
  }
  ports.progress({ step: 'done', percent: 100 });
  return restored;
}

/** Fills a new generation from the backup; it is whole and durable when this returns, and serves nobody. */
export async function fetchGeneration(
  { repository, snapshot, index, disk }: Pick<RestoreInput, 'repository' | 'snapshot' | 'index' | 'disk'>,
  ports: Ports,
): Promise<Manifest> {
  const unlock = lockIndex(index, disk);
  try {
    const begun = beginGeneration(index, ports.clock.wallMs(), disk);
    const step = stepOf(ports, 'restoring', [0, 90]);
    const total = Object.values(snapshot.files).reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    for (const [name, file] of Object.entries(snapshot.files)) {
      if (name === MANIFEST_FILE) continue;
      await writeFile(repository, file, {
        disk,
        path: join(begun.folder, name),
        wrote: (bytes) => {
          done += bytes;
          step(done / Math.max(1, total));
        },
      });
    }
    const placed = placeGeneration(index, begun, await contentOf(repository, snapshot.files[MANIFEST_FILE]!), disk);
    return placed;
  } catch (error) {
    throw unwritable(index, error);
  } finally {
    unlock();
  }
}

const objectsOf = (repository: Repository, objects: StoredFile['objects']): AsyncGenerator<Uint8Array> =>
  ahead(objects, repository.target.parallel, ([sha256]) => repository.object(sha256));

/** The whole of a small file. @throws EngineError backup_damaged */
export async function contentOf(repository: Repository, { objects, bytes }: StoredFile): Promise<Uint8Array> {
  const content = new Uint8Array(bytes);
  let at = 0;
  for await (const object of objectsOf(repository, objects)) {
    content.set(object, at);
    at += object.length;
  }
  return content;
}

async function writeFile(
  repository: Repository,
  { objects, sha256 }: StoredFile,
  { disk, path, wrote }: { disk: Disk; path: string; wrote: (bytes: number) => void },
): Promise<void> {
  const hash = createHash('sha256');
  const output = disk.open(path, 'new');
  try {
    for await (const bytes of objectsOf(repository, objects)) {
      hash.update(bytes);
      output.write(bytes);
      wrote(bytes.length);
    }
  } finally {
    output.close();
  }
  const got = hash.digest('hex');
  if (got === sha256) return;
  throw new EngineError('backup_damaged', `Cannot restore: expected sha256 ${sha256}, got ${got}: ${path}`, {
    file: path,
    expected: `sha256 ${sha256}`,
    value: got,
    remedy: 'Use another backup: wp-chat backup list',
  });
}

/** A build that finished meanwhile is newer than what was agreed to be lost. */
function requireUnchanged(
  index: string,
  before: string | null,
  { generation, disk }: { generation: string; disk: Disk },
): void {
  const now = currentGeneration(index, disk);
  if (now === before) return;
  throw new EngineError(
    'backup_refused',
    `${now ?? 'Nothing'} serves since the restore began, not ${before ?? 'nothing'}: ${index}`,
    {
      expected: String(before),
      value: now,
      remedy: `Look at what it has, then run the restore again; or let what was restored serve: wp-chat index swap ${generation}`,
    },
  );
}

function noteRestored(index: string, restored: Restored, disk: Disk): void {
  try {
    replaceFile(disk, join(index, RESTORED_FILE), new TextEncoder().encode(`${JSON.stringify(restored)}\n`));
  } catch (error) {
    throw unwritable(index, error);
  }
}

/** What the last restore did; null where there was none, or it cannot be read. */
export function lastRestored(index: string, disk: Disk): Restored | null {
  try {
    return JSON.parse(new TextDecoder().decode(disk.read(join(index, RESTORED_FILE)))) as Restored;
  } catch (error) {
    if (isDiskError(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * What can be undone: the last restore, where what it made still serves.
 *
 * @throws EngineError backup_refused
 */
export function undoable(index: string, disk: Disk): Restored & { readonly before: string } {
  const restored = lastRestored(index, disk);
  const current = currentGeneration(index, disk);
  if (restored !== null && restored.generation === current && restored.before !== null)
    return { ...restored, before: restored.before };
  const last = restored === null ? 'nothing was restored' : `the last restore made ${restored.generation}`;
  const reason =
    restored?.generation === current ? 'nothing served before' : `${current ?? 'nothing'} serves, and ${last}`;
  throw new EngineError('backup_refused', `There is no restore to undo: ${reason}: ${index}`, {
    file: join(index, RESTORED_FILE),
    remedy: 'Let any generation serve that is kept: wp-chat index status, wp-chat index swap NAME',
  });
}

/** What served before the last restore serves again. @throws EngineError backup_refused, swapGeneration's */
export async function undoRestore(index: string, disk: Disk, clock: Clock): Promise<Restored> {
  const { backup, generation, before } = undoable(index, disk);
  await swapGeneration(index, before, disk);
  // So that undoing twice leads back: what was restored is now what served before.
  const undone = { backup, generation: before, before: generation, at: new Date(clock.wallMs()).toISOString() };
  noteRestored(index, undone, disk);
  return undone;
}
