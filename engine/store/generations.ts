/**
 * Generations: immutable folders, and one pointer that says which of them serves.
 *
 * ```text
 * data/index/CURRENT                    the name of the serving generation, swapped by rename
 * data/index/generations/<name>/        manifest.json and the files it lists
 * data/index/generations/<name>.part/   one being built; never opened, removed by the next build
 * ```
 * A folder is complete and fsynced before its rename, the rename is fsynced before the pointer moves: whatever instruction a
 * crash comes at, CURRENT names a whole generation or none.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { digestFile } from '../checksum.ts';
import { EngineError } from '../errors.ts';
import { leasedGenerations } from './leases.ts';
import { encodeManifest, INDEX_FORMAT, type Manifest, manifestSchema, unseal } from './manifest.ts';

export const BUILD_REMEDY = 'Make one: wp-chat index --from SOURCE --into DIRECTORY';

const folderOf = (index: string, name: string): string => join(index, 'generations', name);
const PART = '.part';

/** A fresh folder for a build; the name is that of its second, numbered where that second has others. */
export function beginGeneration(index: string, wallMs: number): { name: string; folder: string } {
  const root = join(index, 'generations');
  mkdirSync(root, { recursive: true });
  for (const entry of readdirSync(root)) if (entry.endsWith(PART)) rmSync(join(root, entry), { recursive: true });
  const stamp = new Date(wallMs).toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  // Above the last of this second, not the first that is free: a name that was pruned must not come back with other content.
  const last = namesByAge(root).findLast((other) => other.startsWith(stamp));
  const name = last === undefined ? stamp : `${stamp}-${Number(last.slice(stamp.length + 1) || 1) + 1}`;
  const folder = join(root, name + PART);
  mkdirSync(folder);
  return { name, folder };
}

/** Lists the files of a finished build with their checksums, in the form the manifest keeps. */
export async function checksums(folder: string): Promise<Manifest['files']> {
  const files: Manifest['files'] = {};
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    files[name] = (await digestFile(path))!;
  }
  return files;
}

/** Makes a built folder durable and points CURRENT at it. */
export function publishGeneration(index: string, folder: string, manifest: Manifest): void {
  writeFileSync(join(folder, 'manifest.json'), encodeManifest(manifest));
  for (const name of readdirSync(folder)) sync(join(folder, name));
  sync(folder);
  renameSync(folder, folderOf(index, manifest.generation));
  sync(join(index, 'generations'));
  pointCurrent(index, manifest.generation);
}

/** From now on this one is served by who starts, and by who looks. */
export function pointCurrent(index: string, name: string): void {
  const pointer = join(index, 'CURRENT');
  writeFileSync(`${pointer}${PART}`, `${name}\n`);
  sync(`${pointer}${PART}`);
  renameSync(`${pointer}${PART}`, pointer);
  sync(index);
}

/** Removes the oldest generations beyond `kept`, never the one that CURRENT names nor one that a process serves. */
export function pruneGenerations(index: string, kept: number): string[] {
  const wanted = leasedGenerations(index).add(currentGeneration(index) ?? '');
  const names = namesByAge(join(index, 'generations'));
  const surplus = names.filter((name) => !wanted.has(name)).slice(0, Math.max(0, names.length - kept));
  for (const name of surplus) rmSync(folderOf(index, name), { recursive: true });
  return surplus;
}

/** Oldest first; the tenth of a second comes after the second one. */
const namesByAge = (root: string): string[] =>
  readdirSync(root)
    .filter((name) => !name.endsWith(PART))
    .sort(new Intl.Collator('en', { numeric: true }).compare);

export function currentGeneration(index: string): string | null {
  try {
    return readFileSync(join(index, 'CURRENT'), 'utf8').trim();
  } catch {
    return null;
  }
}

/** Whole ones on the disk, oldest first. */
export const generationNames = (index: string): string[] =>
  existsSync(join(index, 'generations')) ? namesByAge(join(index, 'generations')) : [];

/**
 * Finds the serving generation and checks every byte of it against the manifest.
 *
 * @throws EngineError index_missing | index_foreign | index_damaged, naming file, what was expected and what to do
 */
export async function verifyCurrent(index: string): Promise<{ folder: string; manifest: Manifest }> {
  const name = currentGeneration(index);
  if (name === null) {
    throw new EngineError('index_missing', `Cannot open index: no CURRENT file: ${index}`, {
      file: join(index, 'CURRENT'),
      expected: 'the name of a generation',
      remedy: BUILD_REMEDY,
    });
  }
  if (!isGeneration(index, name)) {
    throw new EngineError('index_foreign', `Cannot open index: CURRENT names no generation: ${name}`, {
      file: join(index, 'CURRENT'),
      expected: 'the name of a folder in generations',
      value: name,
      remedy: BUILD_REMEDY,
    });
  }
  return verifyGeneration(index, name);
}

export const isGeneration = (index: string, name: string): boolean =>
  /^\w[\w.-]*$/.test(name) && !name.endsWith(PART) && existsSync(folderOf(index, name));

/** Checks every byte of one that there is. @throws EngineError index_foreign | index_damaged */
export async function verifyGeneration(index: string, name: string): Promise<{ folder: string; manifest: Manifest }> {
  const folder = folderOf(index, name);
  const manifest = readManifest(join(folder, 'manifest.json'));
  if (manifest.generation !== name) {
    throw damaged(join(folder, 'manifest.json'), `the manifest of ${name}`, manifest.generation);
  }
  for (const [file, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const path = join(folder, file);
    const found = await digestFile(path);
    if (found?.bytes !== bytes)
      throw damaged(path, `${bytes} bytes`, found === null ? 'no file' : `${found.bytes} bytes`);
    if (found.sha256 !== sha256) throw damaged(path, `sha256 ${sha256}`, found.sha256);
  }
  return { folder, manifest };
}

function readManifest(path: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw damaged(path, 'a manifest in JSON', (error as Error).message);
  }
  if (typeof json !== 'object' || json === null) throw damaged(path, 'a manifest in JSON', String(json));
  const { content, stored, actual } = unseal(json);
  const format = (content as { format?: unknown }).format;
  if (format !== INDEX_FORMAT) {
    throw new EngineError(
      'index_foreign',
      `Cannot open index: expected format ${INDEX_FORMAT}, got ${JSON.stringify(format)}: ${path}`,
      { file: path, field: 'format', expected: String(INDEX_FORMAT), value: format, remedy: BUILD_REMEDY },
    );
  }
  if (stored !== actual) throw damaged(path, `checksum ${actual}`, String(stored));
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const { path: field, message } = parsed.error.issues[0]!;
  throw damaged(path, `a valid ${field.join('.')}`, message);
}

const damaged = (file: string, expected: string, value: string): EngineError =>
  new EngineError('index_damaged', `Cannot open index: expected ${expected}, got ${value}: ${file}`, {
    file,
    expected,
    value,
    remedy: BUILD_REMEDY,
  });

function sync(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
