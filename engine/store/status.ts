/** What is in an index directory, and what does it weigh? Reads names, lengths and manifests; verifies nothing. */
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { reading } from './access.ts';
import { describeDamage, type GenerationDamage } from './damage.ts';
import { type Disk, machineDisk } from './disk/index.ts';
import { livingLeases } from './leases.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { damagedName, folderOf, listGenerations } from './names.ts';
import { currentGeneration } from './pointer.ts';
import { DAMAGE_FILE } from './recovery.ts';

export interface GenerationStatus {
  /** Of the generation; its folder is `entry`. */
  readonly name: string;
  readonly entry: string;
  /** `part`: being written or removed, or left by an interrupted build; the next build removes it. */
  readonly state: 'serving' | 'kept' | 'damaged' | 'part';
  /** Null where no manifest can be read, and so is what follows. */
  readonly createdAt: string | null;
  /** Another than {@link INDEX_FORMAT} where another version wrote it; what is in it is then not known. */
  readonly format: number | null;
  readonly counts: Manifest['counts'] | null;
  readonly bytes: number;
  /** Ids of the processes that answer from it. */
  readonly servedBy: readonly number[];
  /** Why it was moved aside, or why it cannot be opened. */
  readonly damage: string | null;
}

export interface IndexStatus {
  readonly directory: string;
  /** What CURRENT names. */
  readonly current: string | null;
  /** Oldest first. */
  readonly generations: readonly GenerationStatus[];
  /** By entry of the directory: what the generations weigh, the posts as they were read, the vectors kept for the next build. */
  readonly bytes: Readonly<Record<string, number>>;
  readonly bytesTotal: number;
}

/** @throws EngineError index_missing where there is no such folder; index_unreadable */
export const indexStatus = (index: string, disk: Disk = machineDisk): Promise<IndexStatus> =>
  reading(index, async () => {
    if (disk.look(index)?.kind !== 'folder') {
      throw new EngineError('index_missing', `No index there: ${index}`, { file: index, value: index });
    }
    const current = currentGeneration(index, disk);
    const leases = livingLeases(index, disk);
    const { whole, damaged, parts } = listGenerations(disk, index);
    const about = (entry: string, state: GenerationStatus['state']): GenerationStatus =>
      statusOf(disk, index, { entry, state, leases });
    const generations = [
      ...damaged.map((entry) => about(entry, 'damaged')),
      ...whole.map((entry) => about(entry, entry === current ? 'serving' : 'kept')),
      ...parts.map((entry) => about(entry, 'part')),
    ].sort((one, other) => (one.name < other.name ? -1 : 1));
    const bytes = Object.fromEntries(disk.list(index).map((name) => [name, bytesOf(disk, join(index, name))]));
    const bytesTotal = Object.values(bytes).reduce((sum, each) => sum + each, 0);
    return { directory: index, current, generations, bytes, bytesTotal };
  });

function statusOf(
  disk: Disk,
  index: string,
  {
    entry,
    state,
    leases,
  }: Pick<GenerationStatus, 'entry' | 'state'> & { leases: ReadonlyMap<number, readonly string[]> },
): GenerationStatus {
  const folder = folderOf(index, entry);
  const name = state === 'damaged' ? damagedName(entry) : entry;
  const found = state === 'part' ? null : manifestOf(disk, folder);
  const manifest = found instanceof EngineError ? null : found;
  const damage = state === 'damaged' ? reasonOf(disk, folder) : null;
  return {
    name,
    entry,
    state,
    createdAt: manifest?.createdAt ?? null,
    format: manifest?.format ?? (found instanceof EngineError ? foreignFormat(found) : null),
    counts: manifest?.counts ?? null,
    bytes: bytesOf(disk, folder),
    servedBy: [...leases].filter(([, generations]) => generations.includes(name)).map(([pid]) => pid),
    damage: damage ?? (found instanceof EngineError ? found.message : null),
  };
}

function manifestOf(disk: Disk, folder: string): Manifest | EngineError {
  try {
    return readManifest(disk, folder).manifest;
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}

function foreignFormat({ code, place }: EngineError): number | null {
  return code === 'index_foreign' && typeof place.value === 'number' ? place.value : null;
}

/** Null where nothing was written beside it, or that cannot be read either. */
function reasonOf(disk: Disk, folder: string): string | null {
  try {
    const text = new TextDecoder().decode(disk.read(join(folder, DAMAGE_FILE)));
    return describeDamage(JSON.parse(text) as GenerationDamage);
  } catch {
    return null;
  }
}

/** What is gone while it is counted weighs nothing. */
function bytesOf(disk: Disk, path: string): number {
  const found = disk.look(path);
  if (found?.kind !== 'folder') return found?.bytes ?? 0;
  return disk.list(path).reduce((sum, name) => sum + bytesOf(disk, join(path, name)), 0);
}
