/** What is in the repository, and is it what was written? Objects and manifests by name, each checked as it is read. */
import { EngineError } from '../errors.ts';
import { type Check, decodeCheck, encodeCheck } from './check.ts';
import {
  checkName,
  FOLDERS,
  noBackup,
  objectName,
  objectOf,
  REPOSITORY,
  REPOSITORY_FORMAT,
  requireId,
  sha256Of,
  snapshotName,
  snapshotOf,
} from './names.ts';
import { decodeSnapshot, encodeSnapshot, type Snapshot } from './snapshot.ts';
import type { Stored, Target } from './target/target.ts';

/** One backup as it is listed: what cannot be read is listed, too, with the reason. */
export type Listed =
  | { readonly id: string; readonly snapshot: Snapshot; readonly damage: null; readonly check: Check | null }
  | { readonly id: string; readonly snapshot: null; readonly damage: string; readonly check: Check | null };

/** Why an object is not what it should be; null where it is. */
export type ObjectFault = 'missing' | 'damaged' | null;

export class Repository {
  readonly target: Target;

  private constructor(target: Target) {
    this.target = target;
  }

  /** @throws EngineError backup_missing where there are no backups yet; backup_damaged where they are of another format */
  static async open(target: Target): Promise<Repository> {
    if (await isThere(target)) return new Repository(target);
    // Where there is no bucket, that is said instead.
    await target.list(FOLDERS.snapshots);
    throw new EngineError('backup_missing', `There are no backups there yet: ${target.place}`, {
      file: target.place,
      remedy: 'Make one: wp-chat backup create',
    });
  }

  /** The same, and makes one where there is none. */
  static async openOrMake(target: Target): Promise<Repository> {
    if (!(await isThere(target))) {
      await target.put(REPOSITORY, new TextEncoder().encode(JSON.stringify({ format: REPOSITORY_FORMAT })));
    }
    return new Repository(target);
  }

  get place(): string {
    return this.target.place;
  }

  /** Lengths by sha256, and when each was written. */
  async objects(): Promise<Map<string, Stored>> {
    const found = new Map<string, Stored>();
    for (const stored of await this.target.list(FOLDERS.objects)) {
      const sha256 = objectOf(stored.name);
      if (sha256 !== null) found.set(sha256, stored);
    }
    return found;
  }

  putObject(sha256: string, bytes: Uint8Array): Promise<void> {
    return this.target.put(objectName(sha256), bytes);
  }

  /** Reads an object and compares it with its name. */
  async checkObject(sha256: string): Promise<ObjectFault> {
    const bytes = await this.target.get(objectName(sha256));
    if (bytes === null) return 'missing';
    return sha256Of(bytes) === sha256 ? null : 'damaged';
  }

  /** @throws EngineError backup_damaged where it is missing or not what was written */
  async object(sha256: string): Promise<Uint8Array> {
    const name = objectName(sha256);
    const bytes = await this.target.get(name);
    const got = bytes === null ? 'no object' : sha256Of(bytes);
    if (bytes !== null && got === sha256) return bytes;
    throw new EngineError('backup_damaged', `Cannot read backup: expected sha256 ${sha256}, got ${got}: ${name}`, {
      file: `${this.place}/${name}`,
      expected: `sha256 ${sha256}`,
      value: got,
      remedy:
        'wp-chat backup verify says which backups it concerns; the next wp-chat backup create mends what it still has',
    });
  }

  /** Oldest first. */
  async ids(): Promise<string[]> {
    const ids = (await this.target.list(FOLDERS.snapshots)).map(({ name }) => snapshotOf(name));
    return ids.filter((id) => id !== null).sort();
  }

  /** @throws EngineError backup_missing | backup_damaged */
  async snapshot(id: string): Promise<Snapshot> {
    const bytes = await this.target.get(snapshotName(requireId(id)));
    if (bytes === null) throw noBackup(id, this.place);
    return decodeSnapshot(id, bytes);
  }

  putSnapshot(snapshot: Snapshot): Promise<void> {
    return this.target.put(snapshotName(snapshot.id), encodeSnapshot(snapshot));
  }

  /** From then on nothing of it counts; its objects are still there. Durable when it returns. */
  async removeSnapshot(id: string): Promise<void> {
    await this.target.remove([snapshotName(id)]);
    await this.target.remove([checkName(id)]);
  }

  /** Oldest first. */
  async list(): Promise<Listed[]> {
    const listed: Listed[] = [];
    for (const id of await this.ids()) {
      const check = await this.check(id);
      try {
        listed.push({ id, snapshot: await this.snapshot(id), damage: null, check });
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        // Deleted while they are listed.
        if (error.code === 'backup_missing') continue;
        if (error.code !== 'backup_damaged') throw error;
        listed.push({ id, snapshot: null, damage: error.message, check });
      }
    }
    return listed;
  }

  /** What was last found of it; null where that was never looked at, or cannot be read. */
  async check(id: string): Promise<Check | null> {
    const bytes = await this.target.get(checkName(id));
    return bytes === null ? null : decodeCheck(bytes);
  }

  async putCheck(id: string, check: Check): Promise<void> {
    await this.target.put(checkName(id), encodeCheck(check));
    await this.target.settle();
  }
}

async function isThere(target: Target): Promise<boolean> {
  const bytes = await target.get(REPOSITORY);
  if (bytes === null) return false;
  let format: unknown = null;
  try {
    ({ format } = JSON.parse(new TextDecoder().decode(bytes)) as { format?: unknown });
  } catch {
    // Of no format then.
  }
  if (format === REPOSITORY_FORMAT) return true;
  throw new EngineError(
    'backup_damaged',
    `Cannot open backups: expected format ${REPOSITORY_FORMAT}, got ${JSON.stringify(format)}: ${target.place}/${REPOSITORY}`,
    {
      file: `${target.place}/${REPOSITORY}`,
      field: 'format',
      expected: String(REPOSITORY_FORMAT),
      value: format,
      remedy: `Where backups are listed in snapshots/ and nobody else's, write {"format":${REPOSITORY_FORMAT}} into it; or name another backup.target`,
    },
  );
}
