/** Which generation may be opened, and is it whole? Nothing is opened before this has read all of it. */
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { reading } from './access.ts';
import { type CheckOptions, checkFile, type FileDamage } from './blocks.ts';
import { BUILD_REMEDY, damagedError } from './damage.ts';
import { type Disk, machineDisk } from './disk/index.ts';
import { MANIFEST_FILE, type Manifest, readManifest } from './manifest.ts';
import { folderOf, isName, listGenerations } from './names.ts';
import { POINTER_FILE, type Pointer, readPointer } from './pointer.ts';

export interface CheckedGeneration {
  readonly folder: string;
  readonly manifest: Manifest;
  /** By which a pointer names it. */
  readonly seal: string;
}

/** What is read before an index is opened: enough to find every damage of a disk, at a third of the price of sha256. */
const BEFORE_OPENING: CheckOptions = { sha256: false };

/**
 * Finds the serving generation and checks every byte of it against the manifest.
 *
 * @throws EngineError index_missing | index_foreign | index_damaged, naming file, what was expected and what to do
 */
export const verifyCurrent = (index: string, disk: Disk = machineDisk): Promise<CheckedGeneration> =>
  reading(index, async () => checkPointed(index, requirePointer(index, disk), disk));

/** The same of the generation of that name, whatever CURRENT names. */
export const verifyNamed = (index: string, name: string, disk: Disk = machineDisk): Promise<CheckedGeneration> =>
  reading(index, () => checkGeneration(index, name, disk));

/** The same, but of these of its files only: the others may be damaged. */
export const verifyParts = (
  index: string,
  name: string,
  wanted: readonly string[],
  disk: Disk = machineDisk,
): Promise<CheckedGeneration> =>
  reading(index, async () => {
    const found = requireGeneration(index, name, disk);
    const files = Object.entries(found.manifest.files).filter(([file]) => wanted.includes(file));
    await requireWhole(disk, { ...found, manifest: { ...found.manifest, files: Object.fromEntries(files) } });
    return found;
  });

/** @throws EngineError index_missing */
export function requirePointer(index: string, disk: Disk): Pointer {
  const pointer = readPointer(disk, index);
  if (pointer !== null) return pointer;
  const newest = listGenerations(disk, index).whole.at(-1);
  throw new EngineError('index_missing', `Cannot open index: no CURRENT file: ${index}`, {
    file: join(index, POINTER_FILE),
    expected: 'the name of a generation',
    remedy: newest === undefined ? BUILD_REMEDY : `Serve what is there: wp-chat index swap ${newest}`,
  });
}

/** @throws EngineError index_foreign where the pointer names no generation; index_damaged */
export async function checkPointed(index: string, pointer: Pointer, disk: Disk): Promise<CheckedGeneration> {
  const { name, seal } = pointer;
  if (!isName(name) || disk.look(folderOf(index, name))?.kind !== 'folder') {
    throw new EngineError('index_foreign', `Cannot open index: CURRENT names no generation: ${name}`, {
      file: join(index, POINTER_FILE),
      expected: 'the name of a folder in generations',
      value: name,
      remedy: BUILD_REMEDY,
    });
  }
  const found = readNamed(disk, index, name);
  if (seal !== null && seal !== found.seal) {
    throw new EngineError(
      'index_damaged',
      `Cannot open index: expected manifest ${found.seal}, got ${seal}: ${join(index, POINTER_FILE)}`,
      {
        file: join(index, POINTER_FILE),
        expected: `manifest ${found.seal}`,
        value: seal,
        remedy: `See which generation should serve, then point at it: wp-chat index swap ${name}`,
      },
    );
  }
  await requireWhole(disk, found);
  return found;
}

/** Checks the generation of this name, whoever serves. @throws EngineError index_missing | index_foreign | index_damaged */
export async function checkGeneration(
  index: string,
  name: string,
  disk: Disk = machineDisk,
): Promise<CheckedGeneration> {
  const found = requireGeneration(index, name, disk);
  await requireWhole(disk, found);
  return found;
}

/** Reads the manifest of this name and nothing else. @throws EngineError index_missing | index_foreign | index_damaged */
export function requireGeneration(index: string, name: string, disk: Disk): CheckedGeneration {
  if (isName(name) && disk.look(folderOf(index, name))?.kind === 'folder') return readNamed(disk, index, name);
  throw new EngineError('index_missing', `No such generation: ${name}`, {
    file: join(index, 'generations'),
    expected: listGenerations(disk, index).whole.join(', ') || 'no generation is there',
    value: name,
    remedy: 'List them: wp-chat index status',
  });
}

function readNamed(disk: Disk, index: string, name: string): CheckedGeneration {
  const folder = folderOf(index, name);
  const { manifest, seal } = readManifest(disk, folder);
  if (manifest.generation === name) return { folder, manifest, seal };
  const damage = { file: MANIFEST_FILE, block: null, expected: `the manifest of ${name}`, got: manifest.generation };
  throw damagedError(folder, damage);
}

async function requireWhole(disk: Disk, { folder, manifest }: CheckedGeneration): Promise<void> {
  const damage = await checkFiles(disk, folder, manifest, BEFORE_OPENING);
  if (damage !== null) throw damagedError(folder, damage);
}

/** The first damage of any file; null where all are as the manifest says. */
export async function checkFiles(
  disk: Disk,
  folder: string,
  { files }: Manifest,
  options: CheckOptions,
): Promise<FileDamage | null> {
  for (const [file, record] of Object.entries(files)) {
    const damage = await checkFile(disk, join(folder, file), { file, record }, options);
    if (damage !== null) return damage;
  }
  return null;
}
