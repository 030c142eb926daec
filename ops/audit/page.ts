/** What does the audit log say? A page of it, the latest first, from as few of its files as hold it. */
import { basename } from 'node:path';
import type { RecordDisk } from '../durable/index.ts';
import { type AuditEntry, decodeEntry } from './entry.ts';
import { firstSeqOf, readAuditFiles, rotatedFiles } from './files.ts';

const LINE_FEED = 10;
const SEQ = '"seq":';

/**
 * Lines that are none of ours are passed over: `verifyAudit` tells of those.
 *
 * @param before only entries with smaller numbers
 * @returns at most `limit`, the latest first
 * @throws disk errors
 */
export async function readAuditPage(
  disk: RecordDisk,
  path: string,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<AuditEntry[]> {
  const rotated = await rotatedFiles(disk, path);
  const files = (await disk.look(path)) === null ? rotated : [...rotated, path];
  const page: AuditEntry[] = [];
  for (const file of files.reverse()) {
    if (page.length >= limit) break;
    if (file !== path && firstSeqOf(basename(file)) >= before) continue;
    page.push(...latestIn(Buffer.from(await disk.read(file)), before, limit - page.length));
  }
  return page;
}

/** The latest entry of that action in the file that is written and the one before it; null where there is none. @throws disk errors */
export async function latestEntry(disk: RecordDisk, path: string, action: string): Promise<AuditEntry | null> {
  const wanted = `"action":${JSON.stringify(action)}`;
  for (const { bytes } of (await readAuditFiles(disk, path, 1)).reverse()) {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = content.lastIndexOf(wanted); at >= 0; at = at === 0 ? -1 : content.lastIndexOf(wanted, at - 1)) {
      const end = content.indexOf(LINE_FEED, at);
      if (end < 0) continue;
      const entry = decodeEntry(content.subarray(content.lastIndexOf(LINE_FEED, at) + 1, end));
      // What callers send may hold the same words.
      if (entry?.action === action) return entry;
    }
  }
  return null;
}

function latestIn(content: Buffer, before: number, limit: number): AuditEntry[] {
  const found: AuditEntry[] = [];
  for (let end = content.lastIndexOf(LINE_FEED); end > 0 && found.length < limit; ) {
    const begin = content.lastIndexOf(LINE_FEED, end - 1) + 1;
    const line = content.subarray(begin, end);
    // Looked at before the line is read whole: a page far back passes many. Behind it nothing is text of a caller.
    if (Number.parseInt(line.toString('latin1', line.lastIndexOf(SEQ) + SEQ.length), 10) < before) {
      const entry = decodeEntry(line);
      if (entry !== null) found.push(entry);
    }
    end = begin - 1;
  }
  return found;
}
