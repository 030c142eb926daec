/** Which files are the audit log? The one that is written, and those before it, named by their first line's number. */
import { basename, dirname, join } from 'node:path';
import type { RecordDisk } from '../durable/index.ts';

export interface AuditFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const DIGITS = 12;

/** `logs/audit.jsonl` → `logs/audit.000000000001.jsonl`. */
export const rotatedPath = (path: string, firstSeq: number): string =>
  path.replace(/\.jsonl$/, `.${String(firstSeq).padStart(DIGITS, '0')}.jsonl`);

/** As the name says; 1 of one that has none in it, since nothing was rotated before it or all of that is gone. */
export const firstSeqOf = (name: string): number => Number(/\.(\d{12})\.jsonl$/.exec(name)?.[1] ?? 1);

/** Oldest first, without the one that is written. */
export async function rotatedFiles(disk: RecordDisk, path: string): Promise<string[]> {
  const folder = dirname(path);
  const stem = `${basename(path, '.jsonl')}.`;
  const names = (await disk.look(folder)) === null ? [] : await disk.list(folder);
  const digits = (name: string): string => name.slice(stem.length, -'.jsonl'.length);
  return names
    .filter((name) => name.startsWith(stem) && name.endsWith('.jsonl') && /^\d{12}$/.test(digits(name)))
    .sort()
    .map((name) => join(folder, name));
}

/** Oldest first, as {@link verifyAudit} takes them. @param newest so many at most, besides the one that is written @throws disk errors */
export async function readAuditFiles(
  disk: RecordDisk,
  path: string,
  newest = Number.MAX_SAFE_INTEGER,
): Promise<AuditFile[]> {
  const files: AuditFile[] = [];
  for (const file of (await rotatedFiles(disk, path)).slice(-newest))
    files.push({ name: basename(file), bytes: await disk.read(file) });
  if ((await disk.look(path)) !== null) files.push({ name: basename(path), bytes: await disk.read(path) });
  return files;
}
