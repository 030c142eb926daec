/**
 * A backup of what serves while it serves and changes: objects first, each read back, the manifest last.
 *
 * ```text
 * lock ─▶ pieces of each file that are not there ─▶ the journal up to its last whole frame ─▶ what is in both, and how they answer
 *      ─▶ settle ─▶ read back ─▶ is the lock still ours? ─▶ manifest ─▶ read back ─▶ is the lock still ours? ─▶ check ─▶ settle
 * ```
 * Generations never change, and a lease keeps this one from being removed meanwhile, and with it the journal from where it ends. The
 * journal is looked at once, at one moment: all that was acknowledged until then is in the backup, in the generation or behind it.
 * Where a merge takes the generation away before its lease is seen, all begins anew with the next one.
 *
 * Interrupted, it leaves objects that no manifest names: the next run uses them, or a prune takes them away.
 */
import { join } from 'node:path';
import { readChanges, type SeenChanges } from '../changes/index.ts';
import { EngineError } from '../errors.ts';
import type { Disk } from '../store/disk/index.ts';
import {
  type CheckedGeneration,
  currentGeneration,
  journalFolder,
  leaseGeneration,
  MANIFEST_FILE,
  reading,
  requireGeneration,
} from '../store/index.ts';
import { inputOf, withFile } from './inputs.ts';
import { RepositoryLock } from './lock.ts';
import { newId } from './names.ts';
import { ObjectWriter } from './object-writer.ts';
import type { Repository } from './repository.ts';
import { objectsOf, type Probes, SNAPSHOT_FORMAT, type Snapshot, type StoredFile } from './snapshot.ts';
import { SOURCE_FILES, SOURCE_FOLDER } from './source-files.ts';
import { type Ports, stepOf } from './work.ts';

/** A generation and what its journal has behind it. */
export interface BackedUp extends Pick<CheckedGeneration, 'folder' | 'manifest'> {
  readonly changes: SeenChanges;
}

/** Reads them for what files alone do not say. */
export type ReadIndex = (found: BackedUp) => Promise<{
  /** A line a post, see documents.ts. */
  readonly documents: Uint8Array;
  /** What they answer to some questions. */
  readonly probes: Probes;
}>;

export interface CreateInput {
  readonly repository: Repository;
  /** The index directory. */
  readonly index: string;
  readonly disk: Disk;
  readonly read: ReadIndex;
  readonly audit?: Snapshot['audit'];
}

/** Merges that may come in between. */
const TRIES = 5;

/** @throws EngineError backup_busy | backup_unreachable | backup_damaged | index_missing | index_foreign | index_damaged | index_unreadable */
export async function createBackup(input: CreateInput, ports: Ports): Promise<Snapshot> {
  const { repository, index, disk } = input;
  requireServing(index, disk);
  const lock = await RepositoryLock.take(repository.target, ports.clock, 'create');
  try {
    for (let tried = 1; ; tried++) {
      const generation = requireServing(index, disk);
      const release = leaseGeneration(index, generation, disk);
      try {
        return await reading(index, () => create(input, generation, { lock, ports }));
      } catch (error) {
        if (tried === TRIES || !isTakenAway(error, currentGeneration(index, disk) !== generation)) throw error;
      } finally {
        release();
      }
    }
  } finally {
    await lock.release();
  }
}

function requireServing(index: string, disk: Disk): string {
  const generation = currentGeneration(index, disk);
  if (generation !== null) return generation;
  throw new EngineError('index_missing', `Nothing to back up: no generation serves: ${index}`, {
    file: index,
    remedy: 'Make an index: wp-chat index --from SOURCE',
  });
}

/** Whether a merge may have removed what was being read. */
const isTakenAway = (error: unknown, another: boolean): boolean =>
  error instanceof EngineError && error.code.startsWith('index_') && (another || error.place.value === 'ENOENT');

interface Run {
  readonly lock: RepositoryLock;
  readonly ports: Ports;
}

async function create(input: CreateInput, generation: string, run: Run): Promise<Snapshot> {
  const found = requireGeneration(input.index, generation, input.disk);
  const snapshot = await write(input, found, run);
  await conclude(input.repository, snapshot, run);
  return snapshot;
}

/** Everything but the manifest is in the repository, durable and read back, when this returns. */
async function write(input: CreateInput, found: CheckedGeneration, { lock, ports }: Run): Promise<Snapshot> {
  const { repository, index, disk, read } = input;
  const { manifest } = found;
  const writer = await ObjectWriter.open(repository, lock);
  const { files, source } = await storeFiles(input, found, { writer, ports });
  const changes = await changesBehind(index, found, disk);
  const journal = await storeJournal(changes, { disk, writer, ports });
  stepOf(ports, 'asking', [55, 60])(0);
  const { documents: lines, probes } = await read({ ...found, changes });
  const documents = await writer.store(inputOf(lines), () => ports.signal?.throwIfAborted());
  await repository.target.settle();
  await writer.readBack(stepOf(ports, 'reading back', [60, 98]));
  const { createdAt, source: from, counts, format, embedder, reranker } = manifest;
  const createdAtMs = Math.max(ports.clock.wallMs(), (await newestMs(repository)) + 1);
  const stored = { files, documents, journal, source };
  const bytes = [files, journal?.files ?? {}, source, { documents }]
    .flatMap((each) => Object.values(each))
    .reduce((sum, file) => sum + file.bytes, 0);
  return {
    format: SNAPSHOT_FORMAT,
    id: newId(createdAtMs),
    createdAt: new Date(createdAtMs).toISOString(),
    generation: { name: manifest.generation, format, createdAt, source: from, counts },
    journalUpTo: changes.journal?.upTo ?? null,
    ...stored,
    models: { embedder: identityOf(embedder), reranker: identityOf(reranker) },
    probes,
    ...(input.audit === undefined ? {} : { audit: input.audit }),
    totals: { bytes, objects: objectsOf(stored).size, ...writer.added },
  };
}

type Model = CheckedGeneration['manifest']['reranker'];
const identityOf = (model: Model): Model =>
  model && { name: model.name, sha256: model.sha256, tokenizerSha256: model.tokenizerSha256 };

interface Storing {
  readonly writer: ObjectWriter;
  readonly ports: Ports;
}

async function storeFiles(
  { index, disk }: CreateInput,
  { folder, manifest }: CheckedGeneration,
  { writer, ports }: Storing,
): Promise<Pick<Snapshot, 'files' | 'source'>> {
  const names = [MANIFEST_FILE, ...Object.keys(manifest.files)];
  const posts = SOURCE_FILES.map((name) => join(index, SOURCE_FOLDER, name)).filter((path) => disk.look(path) !== null);
  const paths = [...names.map((name) => join(folder, name)), ...posts];
  const bytes = paths.reduce((sum, path) => sum + (disk.look(path)?.bytes ?? 0), 0);
  const step = stepOf(ports, 'storing', [0, 55]);
  step(0);
  const store = (path: string): Promise<StoredFile> =>
    withFile(disk, { path }, (file) => writer.store(file, (done) => step(done / Math.max(1, bytes))));
  const files: Record<string, StoredFile> = {};
  for (const name of names) {
    files[name] = await store(join(folder, name));
    const due = manifest.files[name]?.sha256 ?? files[name].sha256;
    if (files[name].sha256 !== due) throw changed(join(folder, name), due, files[name].sha256);
  }
  // In this order: how far they came is written after what came.
  const source: Record<string, StoredFile> = {};
  if (posts.length === SOURCE_FILES.length)
    for (const [at, name] of SOURCE_FILES.entries()) source[name] = await store(posts[at]!);
  return { files, source };
}

/** Where the journal does not reach back to the generation, and another serves by now, a merge has taken both away. */
async function changesBehind(index: string, { manifest }: CheckedGeneration, disk: Disk): Promise<SeenChanges> {
  const changes = await readChanges(disk, journalFolder(index, manifest, disk), manifest.journal ?? null);
  const { generation } = manifest;
  if (changes.journal?.lost && currentGeneration(index, disk) !== generation)
    throw new EngineError('index_unreadable', `Cannot back up: another generation serves than ${generation}: ${index}`);
  return changes;
}

async function storeJournal(
  { journal, documents }: SeenChanges,
  { disk, writer, ports }: Storing & { readonly disk: Disk },
): Promise<Snapshot['journal']> {
  if (journal === null) return null;
  const files: Record<string, StoredFile> = {};
  for (const { name, path, bytes } of journal.segments)
    files[name] = await withFile(disk, { path, bytesMax: bytes }, (file) =>
      writer.store(file, () => ports.signal?.throwIfAborted()),
    );
  const { history, records, damage } = journal;
  return { history, records, changed: documents.length, damage: [...damage], files };
}

/** The manifest, and that it is true. */
async function conclude(repository: Repository, snapshot: Snapshot, { lock, ports }: Run): Promise<void> {
  ports.signal?.throwIfAborted();
  await lock.require();
  await repository.putSnapshot(snapshot);
  try {
    await repository.snapshot(snapshot.id);
    await lock.require();
  } catch (error) {
    // Somebody may have removed what it needs.
    await repository.removeSnapshot(snapshot.id);
    throw error;
  }
  // Settles the manifest, too.
  const verifiedAt = new Date(ports.clock.wallMs()).toISOString();
  await repository.putCheck(snapshot.id, { verifiedAt, sound: true, detail: null, faults: [], drill: null });
  ports.progress({ step: 'done', percent: 100 });
}

async function newestMs(repository: Repository): Promise<number> {
  const newest = (await repository.ids()).at(-1);
  if (newest === undefined) return 0;
  const [day, time] = newest.split('-') as [string, string];
  const [, year, month, date] = /^(\d{4})(\d\d)(\d\d)$/.exec(day)!.map(Number) as [number, number, number, number];
  const [, hours, minutes, ms] = /^(\d\d)(\d\d)(\d{5})$/.exec(time)!.map(Number) as [number, number, number, number];
  return Date.UTC(year, month - 1, date, hours, minutes, 0, ms);
}

const changed = (file: string, expected: string, got: string): EngineError =>
  new EngineError('index_damaged', `Cannot back up a damaged index: expected sha256 ${expected}, got ${got}: ${file}`, {
    file,
    expected: `sha256 ${expected}`,
    value: got,
    remedy: 'See what is wrong with it: wp-chat index verify --quarantine lets the last good generation serve',
  });
