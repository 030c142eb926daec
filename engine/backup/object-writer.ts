/** Which pieces of a file are in the repository already? The others are put there, and read back before anybody relies on them. */
import { createHash } from 'node:crypto';
import { EngineError } from '../errors.ts';
import { type Chunked, chunksOf } from './chunks.ts';
import type { RepositoryLock } from './lock.ts';
import { objectName, sha256Of } from './names.ts';
import type { Repository } from './repository.ts';
import type { StoredFile } from './snapshot.ts';
import { each } from './work.ts';

/** What need not be written: objects that are there and were not found to be damaged. */
async function knownIn(repository: Repository): Promise<Map<string, number>> {
  const there = new Map([...(await repository.objects())].map(([sha256, { bytes }]) => [sha256, bytes]));
  for (const id of await repository.ids()) {
    for (const sha256 of (await repository.check(id))?.faults ?? []) there.delete(sha256);
  }
  return there;
}

/** Puts pieces that are not there, and remembers which they were. */
export class ObjectWriter {
  readonly #repository: Repository;
  readonly #known: Map<string, number>;
  readonly #lock: RepositoryLock;
  readonly #written = new Map<string, number>();
  #read = 0;

  static async open(repository: Repository, lock: RepositoryLock): Promise<ObjectWriter> {
    return new ObjectWriter(repository, await knownIn(repository), lock);
  }

  private constructor(repository: Repository, known: Map<string, number>, lock: RepositoryLock) {
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
  async store(input: Chunked, read: (bytes: number) => void): Promise<StoredFile> {
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
