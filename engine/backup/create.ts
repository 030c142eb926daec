/**
 * A backup of a generation while it serves: objects first, each read back, the manifest last.
 *
 * ```text
 * lock ─▶ pieces of each file that are not there ─▶ what is in it, and how it answers ─▶ settle ─▶ read back
 *      ─▶ is the lock still ours? ─▶ manifest ─▶ read back ─▶ is the lock still ours? ─▶ check ─▶ settle
 * ```
 * Generations never change, and a lease keeps this one from being removed meanwhile. Interrupted, it leaves objects that no manifest
 * names: the next run uses them, or a prune takes them away.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import type { Disk } from '../store/disk/index.ts';
import { type CheckedGeneration, leaseGeneration, MANIFEST_FILE, reading, requireGeneration } from '../store/index.ts';
import { chunksOf } from './chunks.ts';
import { RepositoryLock } from './lock.ts';
import { newId, objectName, sha256Of } from './names.ts';
import type { Repository } from './repository.ts';
import { objectsOf, type Probes, SNAPSHOT_FORMAT, type Snapshot, type StoredFile } from './snapshot.ts';
import { each, type Ports, stepOf } from './work.ts';

/** Reads a generation for what a file alone does not say. */
export type ReadGeneration = (found: Pick<CheckedGeneration, 'folder' | 'manifest'>) => Promise<{
  /** A line a post, see documents.ts. */
  readonly documents: Uint8Array;
  /** What it answers to some questions. */
  readonly probes: Probes;
}>;

export interface CreateInput {
  readonly repository: Repository;
  /** The index directory, and which generation of it. */
  readonly index: string;
  readonly generation: string;
  readonly disk: Disk;
  readonly read: ReadGeneration;
}

/** @throws EngineError backup_busy | backup_unreachable | backup_damaged | index_missing | index_foreign | index_damaged | index_unreadable */
export const createBackup = (input: CreateInput, ports: Ports): Promise<Snapshot> =>
  reading(input.index, () => create(input, ports));

async function create(input: CreateInput, ports: Ports): Promise<Snapshot> {
  const { repository, index, generation, disk } = input;
  const release = leaseGeneration(index, generation, disk);
  try {
    const found = requireGeneration(index, generation, disk);
    const lock = await RepositoryLock.take(repository.target, ports.clock, 'create');
    try {
      const snapshot = await write(input, found, { lock, ports });
      await conclude(repository, snapshot, { lock, ports });
      return snapshot;
    } finally {
      await lock.release();
    }
  } finally {
    release();
  }
}

interface Run {
  readonly lock: RepositoryLock;
  readonly ports: Ports;
}

/** Everything but the manifest is in the repository, durable and read back, when this returns. */
async function write(
  { repository, disk, read }: CreateInput,
  found: CheckedGeneration,
  { lock, ports }: Run,
): Promise<Snapshot> {
  const { folder, manifest } = found;
  const writer = new ObjectWriter(repository, await known(repository), lock);
  const names = [MANIFEST_FILE, ...Object.keys(manifest.files)];
  const lengths = names.map((name) => disk.look(join(folder, name))?.bytes ?? 0);
  const bytes = lengths.reduce((sum, length) => sum + length, 0);
  const step = stepOf(ports, 'storing', [0, 55]);
  step(0);
  const files: Record<string, StoredFile> = {};
  for (const name of names) {
    const input = await disk.openInput(join(folder, name));
    try {
      files[name] = await writer.store(input, (done) => step(done / Math.max(1, bytes)));
    } finally {
      await input.close();
    }
    const due = manifest.files[name]?.sha256 ?? files[name].sha256;
    if (files[name].sha256 !== due) throw changed(join(folder, name), due, files[name].sha256);
  }
  stepOf(ports, 'asking', [55, 60])(0);
  const { documents: lines, probes } = await read(found);
  const documents = await writer.store(inputOf(lines), () => ports.signal?.throwIfAborted());
  await repository.target.settle();
  await writer.readBack(stepOf(ports, 'reading back', [60, 98]));
  const { createdAt, source, counts, format } = manifest;
  const createdAtMs = Math.max(ports.clock.wallMs(), (await newestMs(repository)) + 1);
  return {
    format: SNAPSHOT_FORMAT,
    id: newId(createdAtMs),
    createdAt: new Date(createdAtMs).toISOString(),
    generation: { name: manifest.generation, format, createdAt, source, counts },
    journalUpTo: null,
    files,
    documents,
    probes,
    totals: { bytes: bytes + lines.length, objects: objectsOf({ files, documents }).size, ...writer.added },
  };
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

/** What need not be written: objects that are there and were not found to be damaged. */
async function known(repository: Repository): Promise<Map<string, number>> {
  const there = new Map([...(await repository.objects())].map(([sha256, { bytes }]) => [sha256, bytes]));
  for (const id of await repository.ids()) {
    for (const sha256 of (await repository.check(id))?.faults ?? []) there.delete(sha256);
  }
  return there;
}

async function newestMs(repository: Repository): Promise<number> {
  const newest = (await repository.ids()).at(-1);
  if (newest === undefined) return 0;
  const [day, time] = newest.split('-') as [string, string];
  const [, year, month, date] = /^(\d{4})(\d\d)(\d\d)$/.exec(day)!.map(Number) as [number, number, number, number];
  const [, hours, minutes, ms] = /^(\d\d)(\d\d)(\d{5})$/.exec(time)!.map(Number) as [number, number, number, number];
  return Date.UTC(year, month - 1, date, hours, minutes, 0, ms);
}

/** Puts pieces that are not there, and remembers which they were. */
class ObjectWriter {
  readonly #repository: Repository;
  readonly #known: Map<string, number>;
  readonly #lock: RepositoryLock;
  readonly #written = new Map<string, number>();
  #read = 0;

  constructor(repository: Repository, known: Map<string, number>, lock: RepositoryLock) {
    this.#repository = repository;
    this.#known = known;
    this.#lock = lock;
  }

  get added(): { bytesAdded: number; objectsAdded: number } {
    return {
      bytesAdded: [...this.#written.values()].reduce((sum, bytes) => sum + bytes, 0),
      objectsAdded: this.#written.size,
    };
  }

  /** @param read is told how many bytes were read in all, of all files */
  async store(input: Parameters<typeof chunksOf>[0], read: (bytes: number) => void): Promise<StoredFile> {
    const hash = createHash('sha256');
    const objects: StoredFile['objects'] = [];
    let bytes = 0;
    await each(chunksOf(input), this.#repository.target.parallel, async (chunk) => {
      const sha256 = sha256Of(chunk);
      hash.update(chunk);
      objects.push([sha256, chunk.length]);
      bytes += chunk.length;
      this.#read += chunk.length;
      read(this.#read);
      if (this.#known.get(sha256) === chunk.length) return;
      this.#known.set(sha256, chunk.length);
      this.#written.set(sha256, chunk.length);
      await this.#lock.renew();
      await this.#repository.putObject(sha256, chunk);
    });
    return { bytes, sha256: hash.digest('hex'), objects };
  }

  /** What was written is what was meant. */
  async readBack(step: (share: number) => void): Promise<void> {
    let done = 0;
    step(0);
    await each(this.#written.keys(), this.#repository.target.parallel, async (sha256) => {
      await this.#lock.renew();
      const fault = await this.#repository.checkObject(sha256);
      if (fault !== null) throw notKept(this.#repository.place, sha256, fault);
      step(++done / this.#written.size);
    });
  }
}

const inputOf = (bytes: Uint8Array): Parameters<typeof chunksOf>[0] => ({
  bytes: bytes.length,
  read: async (into, at) => {
    const part = bytes.subarray(at, at + into.length);
    into.set(part);
    return part.length;
  },
});

const changed = (file: string, expected: string, got: string): EngineError =>
  new EngineError('index_damaged', `Cannot back up a damaged index: expected sha256 ${expected}, got ${got}: ${file}`, {
    file,
    expected: `sha256 ${expected}`,
    value: got,
    remedy: 'See what is wrong with it: wp-chat index verify --quarantine lets the last good generation serve',
  });

const notKept = (place: string, sha256: string, fault: string): EngineError =>
  new EngineError(
    'backup_damaged',
    `What was written is ${fault} when it is read back: ${place}/${objectName(sha256)}`,
    {
      file: `${place}/${objectName(sha256)}`,
      expected: `sha256 ${sha256}`,
      value: fault,
      remedy: 'Look at the disk or service of backup.target, and run the same command again',
    },
  );
