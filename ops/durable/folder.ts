/** Is there a folder for the records, and is its name on the disk? */
import { dirname } from 'node:path';
import type { RecordDisk } from './disk.ts';

/** Makes it, and those above it that are missing; each new name is synced in the folder that holds it. */
export async function ensureRecordFolder(disk: RecordDisk, path: string): Promise<void> {
  if ((await disk.look(path)) !== null) return;
  const above = dirname(path);
  if (above !== path) await ensureRecordFolder(disk, above);
  await disk.makeFolder(path);
  await disk.syncFolder(above);
}
