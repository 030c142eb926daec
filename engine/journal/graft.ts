/**
 * A copy of a journal begins a history of its own.
 *
 * Two journals that go on from the same records would give the same sequences to different changes. So the copy has another
 * history, and its next sequence is higher than any that was ever given out, as far as that can be known.
 */
import { join } from 'node:path';
import { type Disk, writeSynced } from '../store/disk/index.ts';
import { decodeHeader, encodeHeader, HEADER_BYTES, nameOf, numberOf } from './format.ts';

export interface Graft {
  /** Made, and must not be there. */
  readonly folder: string;
  /** 16 hexadecimal digits. */
  readonly history: string;
  /** Of the next record. */
  readonly nextSequence: number;
  /** Eight random bytes. */
  readonly salt: Uint8Array;
}

/** Bytes of a segment's file, in pieces. */
export interface GraftedSegment {
  readonly name: string;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/**
 * Writes the segments, oldest first, and behind them an empty one that says where the history goes on. The files and their names
 * are durable when it returns; the name of the folder is made so by the caller, with {@link Disk.syncFolder} of the one above it.
 *
 * @throws what the pieces throw; disk errors
 */
export async function graftJournal(
  disk: Disk,
  { folder, history, nextSequence, salt }: Graft,
  segments: Iterable<GraftedSegment>,
): Promise<void> {
  disk.makeFolder(folder);
  let before: { number: number; end: number } | null = null;
  for (const { name, pieces } of segments) {
    const end = await writeSegment(disk, join(folder, name), { history, pieces });
    before = { number: numberOf(name)!, end };
  }
  const number = (before?.number ?? 0) + 1;
  const header = encodeHeader({ number, history, salt, firstSequence: nextSequence, before });
  writeSynced(disk, join(folder, nameOf(number)), header);
  disk.syncFolder(folder);
}

/** Returns its length. */
async function writeSegment(
  disk: Disk,
  path: string,
  { history, pieces }: { readonly history: string; readonly pieces: AsyncIterable<Uint8Array> },
): Promise<number> {
  const output = disk.open(path, 'new');
  let end = 0;
  let head: Buffer | null = Buffer.alloc(0);
  const put = (bytes: Uint8Array): void => {
    output.write(bytes);
    end += bytes.length;
  };
  try {
    for await (const piece of pieces) {
      if (head === null) put(piece);
      else {
        head = Buffer.concat([head, piece]);
        if (head.length < HEADER_BYTES) continue;
        put(renamed(head, history));
        head = null;
      }
    }
    if (head !== null) put(head);
    output.sync();
  } finally {
    output.close();
  }
  return end;
}

/** A header of which no copy is whole stays as it is: the segment cannot be read with it, and is told of as damaged. */
function renamed(bytes: Buffer, history: string): Uint8Array {
  const header = decodeHeader(bytes.subarray(0, HEADER_BYTES));
  if (header === null || 'format' in header) return bytes;
  return Buffer.concat([encodeHeader({ ...header, history }), bytes.subarray(HEADER_BYTES)]);
}
