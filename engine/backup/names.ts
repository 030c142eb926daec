/**
 * What is where in a repository of backups?
 *
 * ```text
 * repository.json        its format
 * objects/ab/ab12…       a piece of a file; its name is the sha256 of its bytes
 * snapshots/ID.json      a backup: which objects make up which files; written last
 * checks/ID.json         what was found when the backup was last verified or tried
 * locks/ID.json          who is changing the repository
 * ```
 */
import { createHash, randomBytes } from 'node:crypto';
import { EngineError } from '../errors.ts';

export const REPOSITORY = 'repository.json';
export const REPOSITORY_FORMAT = 1;
export const FOLDERS = { objects: 'objects', snapshots: 'snapshots', checks: 'checks', locks: 'locks' } as const;

const ID = /^\d{8}-\d{9}-[0-9a-f]{4}$/;
const OBJECT = /^objects\/([0-9a-f]{2})\/(\1[0-9a-f]{62})$/;

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const objectName = (sha256: string): string => `${FOLDERS.objects}/${sha256.slice(0, 2)}/${sha256}`;
/** Null for what is no object of ours. */
export const objectOf = (name: string): string | null => OBJECT.exec(name)?.[2] ?? null;

export const snapshotName = (id: string): string => `${FOLDERS.snapshots}/${id}.json`;
export const checkName = (id: string): string => `${FOLDERS.checks}/${id}.json`;

/** Null for what is no backup of ours. */
export function snapshotOf(name: string): string | null {
  const id = name.slice(FOLDERS.snapshots.length + 1, -'.json'.length);
  return ID.test(id) && name === snapshotName(id) ? id : null;
}

/** Ids sort as the moments do: `20261128-091502123-3fa9`. */
export function newId(createdAtMs: number): string {
  const digits = new Date(createdAtMs).toISOString().replaceAll(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-${randomBytes(2).toString('hex')}`;
}

/** @throws EngineError backup_missing: no path is made of anything else */
export function requireId(id: string): string {
  if (ID.test(id)) return id;
  throw noBackup(id);
}

export const noBackup = (id: string, place?: string): EngineError =>
  new EngineError('backup_missing', `No such backup: ${id}`, {
    ...(place === undefined ? {} : { file: place }),
    value: id,
    expected: 'an id such as 20261128-091502123-3fa9',
    remedy: 'List them: wp-chat backup list',
  });
