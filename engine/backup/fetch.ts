/**
 * From a backup to a generation and its journal, both new and beside what serves.
 *
 * ```text
 * every object against its name ─▶ the journal under a history of its own, synced ─▶ NAME.part ─▶ every file against the manifest
 *      ─▶ synced, renamed
 * ```
 * The journal comes first: a generation that has its name has its journal, too. A journal without a generation, as a crash leaves
 * it, is removed by whoever builds or restores next.
 */
import { createHash, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { readChanges } from '../changes/index.ts';
import { EngineError } from '../errors.ts';
import { graftJournal, lookAtJournal } from '../journal/index.ts';
import { type Disk, ensureFolder } from '../store/disk/index.ts';
import {
  abandonGeneration,
  beginGeneration,
  currentGeneration,
  journalFolder,
  lockIndex,
  MANIFEST_FILE,
  type Manifest,
  ownJournal,
  placeGeneration,
  pruneJournals,
  requireGeneration,
  unwritable,
} from '../store/index.ts';
import type { Repository } from './repository.ts';
import type { Snapshot, StoredFile } from './snapshot.ts';
import { ahead, type Ports, stepOf } from './work.ts';

export interface FetchInput {
  readonly repository: Repository;
  readonly snapshot: Snapshot;
  readonly index: string;
  readonly disk: Disk;
  /** As `crypto.randomBytes`. */
  readonly random?: (bytes: number) => Uint8Array;
}

const HISTORY_BYTES = 8;
const SALT_BYTES = 8;
/**
 * Sequences that nobody gets after a restore. What was given out since the backup, here or on a machine that is gone, must not come
 * again: a client may still hold it for the version of a document.
 */
const FALLOW = 1_000_000;

export interface Fetched {
  readonly generation: string;
  readonly history: string;
  /** Sequence of the first change that comes after. */
  readonly next: number;
}

/** It is whole and durable when this returns, and serves nobody. @throws EngineError backup_damaged | index_busy | index_unwritable */
export async function fetchGeneration(input: FetchInput, ports: Ports): Promise<Fetched> {
  const { repository, snapshot, index, disk } = input;
  const unlock = lockIndex(index, disk);
  let folder: string | null = null;
  try {
    pruneJournals(index, disk);
    const manifest = await contentOf(repository, snapshot.files[MANIFEST_FILE]!);
    const { coverage: journal, next } = await fetchJournal(input, coveredIn(manifest));
    const begun = beginGeneration(index, ports.clock.wallMs(), disk);
    folder = begun.folder;
    const step = stepOf(ports, 'restoring', [0, 90]);
    const total = Object.values(snapshot.files).reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    for (const [name, file] of Object.entries(snapshot.files)) {
      if (name === MANIFEST_FILE) continue;
      await fetchFile(repository, file, {
        disk,
        path: join(begun.folder, name),
        wrote: (bytes) => {
          done += bytes;
          step(done / Math.max(1, total));
        },
      });
    }
    const { generation } = placeGeneration(index, begun, { bytes: manifest, journal }, disk);
    return { generation, history: journal.history, next };
  } catch (error) {
    if (folder !== null) abandonGeneration(folder, disk);
    throw unwritable(index, error);
  } finally {
    unlock();
  }
}

type Coverage = NonNullable<Manifest['journal']>;

/** It is checked whole when it is placed. */
const coveredIn = (manifest: Uint8Array): Coverage | null =>
  (JSON.parse(new TextDecoder().decode(manifest)) as { journal?: Coverage }).journal ?? null;

/** Returns up to where which journal the generation has the changes itself, and where that goes on. */
async function fetchJournal(
  { repository, snapshot, index, disk, random = randomBytes }: FetchInput,
  covered: Coverage | null,
): Promise<{ readonly coverage: Coverage; readonly next: number }> {
  const { journal, journalUpTo } = snapshot;
  const history = Buffer.from(random(HISTORY_BYTES)).toString('hex');
  const folder = ownJournal(index, history);
  const sequence = journal === null || covered?.history === journal.history ? (covered?.sequence ?? 0) : 0;
  ensureFolder(disk, dirname(folder));
  const last = Math.max(journalUpTo ?? 0, covered?.sequence ?? 0, await lastHere(index, disk));
  const segments = Object.entries(journal?.files ?? {}).map(([name, file]) => ({
    name,
    pieces: checkedPieces(repository, file, name),
  }));
  const next = last + FALLOW;
  await graftJournal(disk, { folder, history, nextSequence: next, salt: random(SALT_BYTES) }, segments);
  disk.syncFolder(dirname(folder));
  if (journal !== null) await requireSame(disk, folder, { snapshot, covered: { history, sequence } });
  return { coverage: { history, sequence }, next };
}

/** Sequence of the last change of what serves now; 0 where nothing does. */
async function lastHere(index: string, disk: Disk): Promise<number> {
  const current = currentGeneration(index, disk);
  if (current === null) return 0;
  try {
    const { manifest } = requireGeneration(index, current, disk);
    const folder = journalFolder(index, manifest, disk);
    const seen = await lookAtJournal(disk, { folder, covered: manifest.journal ?? null }, () => () => {});
    return Math.max(manifest.journal?.sequence ?? 0, seen?.upTo ?? 0);
  } catch (error) {
    // Of an index that is damaged it is not known.
    if (error instanceof EngineError) return 0;
    throw error;
  }
}

/** What is restored says what was backed up. */
async function requireSame(
  disk: Disk,
  folder: string,
  { snapshot, covered }: { readonly snapshot: Snapshot; readonly covered: Coverage },
): Promise<void> {
  const { journal, documents } = await readChanges(disk, folder, covered);
  const { records, changed } = snapshot.journal!;
  if (journal?.records === records && documents.length === changed) return;
  throw new EngineError(
    'backup_damaged',
    `Cannot restore: expected ${records} changes in the journal, got ${journal?.records ?? 0}: ${folder}`,
    {
      file: folder,
      expected: `${records} changes`,
      value: journal?.records ?? 0,
      remedy: 'Use another backup: wp-chat backup list',
    },
  );
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

/** The pieces of a file, and behind the last one whether it was the right file. @throws EngineError backup_damaged */
async function* checkedPieces(
  repository: Repository,
  { objects, sha256 }: StoredFile,
  file: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const bytes of objectsOf(repository, objects)) {
    hash.update(bytes);
    yield bytes;
  }
  const got = hash.digest('hex');
  if (got === sha256) return;
  throw new EngineError('backup_damaged', `Cannot restore: expected sha256 ${sha256}, got ${got}: ${file}`, {
    file,
    expected: `sha256 ${sha256}`,
    value: got,
    remedy: 'Use another backup: wp-chat backup list',
  });
}

/** Not synced. @throws EngineError backup_damaged; disk errors */
export async function fetchFile(
  repository: Repository,
  file: StoredFile,
  { disk, path, wrote }: { disk: Disk; path: string; wrote: (bytes: number) => void },
): Promise<void> {
  const output = disk.open(path, 'new');
  try {
    for await (const bytes of checkedPieces(repository, file, path)) {
      output.write(bytes);
      wrote(bytes.length);
    }
  } finally {
    output.close();
  }
}
