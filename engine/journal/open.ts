/** Opens a journal: recovers what it holds, then takes records behind it. */
import { randomBytes } from 'node:crypto';
import { EngineError } from '../errors.ts';
import { type Disk, machineDisk } from '../store/disk/index.ts';
import { lockIndex, reading } from '../store/index.ts';
import { SALT_BYTES } from './format.ts';
import { Journal, type JournalListener } from './journal.ts';
import { type Coverage, type Recovery, recover, type TakeRecord } from './recovery.ts';
import { SegmentWriter } from './segment-writer.ts';
import { threadWriter } from './thread-writer.ts';
import { inlineWriter, refusingWriter, type Writer } from './writer.ts';

export interface JournalOptions {
  /** Made where it is missing. */
  readonly folder: string;
  /** Bytes after which a segment is followed by another. */
  readonly segmentBytesMax: number;
  /** Of the generation that serves; null where none says. */
  readonly covered: Coverage | null;
  /** Gets every record that is there, the covered ones that are not removed yet included. */
  readonly take: TakeRecord;
  readonly listener: JournalListener;
  /**
   * Where the disk is waited for: in a thread of its own, which is what a server wants, or in the caller's, which needs no
   * program beside it.
   */
  readonly writer: 'thread' | 'inline';
  readonly disk?: Disk;
  /** As `crypto.randomBytes`. */
  readonly random?: (bytes: number) => Uint8Array;
}

export interface OpenedJournal {
  readonly journal: Journal;
  readonly recovery: Recovery;
  /** Closes the journal in order and lets others open it. */
  readonly close: () => Promise<void>;
}

/**
 * One journal a folder at a time, in all processes. Where the disk lets nobody take it, what it holds is read all the same and
 * every record is refused for that reason, until it is opened again.
 *
 * @throws EngineError index_busy | index_foreign | index_unreadable; damage is no error but part of the recovery
 */
export async function openJournal(options: JournalOptions): Promise<OpenedJournal> {
  const { folder, covered, take, listener, disk = machineDisk } = options;
  const lock = takeLock(folder, disk);
  try {
    const recovery = await reading(folder, () => recover(disk, folder, covered, take));
    const { writer, history } =
      lock.refusal === null ? writerOf(options, disk, recovery) : refusing(lock.refusal, recovery);
    const { segments, sequence } = recovery.position;
    const size = { segments: segments.length, bytes: segments.reduce((sum, { end }) => sum + end, 0) };
    const journal = new Journal(writer, { history, sequence, size }, listener);
    const close = (): Promise<void> => journal.close().finally(lock.release);
    return { journal, recovery, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Lock {
  readonly release: () => void;
  /** Why nothing can be written; null where this process has the folder. */
  readonly refusal: EngineError | null;
}

function takeLock(folder: string, disk: Disk): Lock {
  try {
    return { release: lockIndex(folder, disk), refusal: null };
  } catch (error) {
    if (!(error instanceof EngineError && error.code === 'index_unwritable')) throw error;
    return { release: () => {}, refusal: error };
  }
}

function writerOf(
  { folder, segmentBytesMax, writer, random = randomBytes }: JournalOptions,
  disk: Disk,
  { position }: Recovery,
): { readonly writer: Writer; readonly history: string } {
  const history = position.history ?? Buffer.from(random(SALT_BYTES)).toString('hex');
  const settings = { folder, segmentBytesMax, history };
  if (writer === 'thread') return { history, writer: threadWriter({ settings, position }) };
  return { history, writer: inlineWriter(new SegmentWriter(disk, settings, position, () => random(SALT_BYTES))) };
}

const refusing = (reason: EngineError, { position }: Recovery): ReturnType<typeof writerOf> => ({
  writer: refusingWriter(reason),
  history: position.history ?? '',
});
