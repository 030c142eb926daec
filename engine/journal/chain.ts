/**
 * Which files of the folder are the journal, in order?
 *
 * The newest segment names the one before it and where that one ends, and so on back. A file that no segment names is what a
 * failed beginning left, or was covered and removed while a crash came: nothing in it counts.
 */
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import type { Disk } from '../store/disk/index.ts';
import { decodeHeader, HEADER_BYTES, type Header, nameOf, numberOf } from './format.ts';

export interface Link {
  readonly number: number;
  /** Null where the file is not there or neither copy of its header is whole. */
  readonly header: Header | null;
  readonly missing: boolean;
  /** As the next one says; null of the newest, and of one whose follower cannot be read. */
  readonly end: number | null;
}

export interface Chain {
  /** Oldest first. */
  readonly links: readonly Link[];
  /** Above every number that is or was used. */
  readonly nextNumber: number;
}

interface Found {
  readonly number: number;
  readonly header: Header | null;
  readonly bytes: number;
}

/**
 * @param coveredBy up to which sequence a generation of this history covers the changes: a segment that is not there and has
 *   no later ones is not missed
 * @throws EngineError index_foreign where a segment is of another format; disk errors
 */
export async function readChain(disk: Disk, folder: string, coveredBy: (history: string) => number): Promise<Chain> {
  const found: Found[] = [];
  for (const name of disk.look(folder) === null ? [] : disk.list(folder)) {
    const number = numberOf(name);
    if (number !== null) found.push(await look(disk, folder, number));
  }
  // With nothing behind a header that is not whole, the segment was being begun when a crash came.
  const begun = found.filter(({ header, bytes }) => header !== null || bytes > HEADER_BYTES);
  const below = (number: number): number | null => begun.findLast((one) => one.number < number)?.number ?? null;
  const links: Link[] = [];
  let next: Pick<Link, 'number' | 'end'> | null = null;
  const newest = begun.at(-1)?.number;
  if (newest !== undefined) next = { number: newest, end: null };
  while (next !== null) {
    const { number, end }: Pick<Link, 'number' | 'end'> = next;
    const file = begun.find((one) => one.number === number);
    const header = file?.header ?? null;
    const needed = links.at(-1)?.header;
    if (file === undefined && needed && needed.firstSequence <= coveredBy(needed.history) + 1) break;
    links.push({ number, header, missing: file === undefined, end });
    if (header !== null) next = header.before;
    else {
      const older = below(number);
      next = older === null ? null : { number: older, end: null };
    }
  }
  return { links: links.reverse(), nextNumber: (found.at(-1)?.number ?? 0) + 1 };
}

async function look(disk: Disk, folder: string, number: number): Promise<Found> {
  const path = pathOf(folder, number);
  const input = await disk.openInput(path);
  try {
    const bytes = Buffer.alloc(HEADER_BYTES);
    const filled = await input.read(bytes, 0);
    const header = decodeHeader(bytes.subarray(0, filled));
    if (header !== null && 'format' in header) throw foreign(path, header.format);
    // One that bears another's name is none.
    return { number, header: header?.number === number ? header : null, bytes: input.bytes };
  } finally {
    await input.close();
  }
}

function foreign(path: string, format: number): EngineError {
  return new EngineError('index_foreign', `Cannot open the journal: format ${format} is not known: ${path}`, {
    file: path,
    field: 'format',
    value: format,
    remedy: 'Install the version of wp-chat that wrote it',
  });
}

export const pathOf = (folder: string, number: number): string => join(folder, nameOf(number));
