/** What is wrong with a journal, and what it means for those whose changes are in it. */
import { EngineError } from '../errors.ts';

/** Bytes that are not as they were written. Everything whole before and behind them is served all the same. */
export interface JournalDamage {
  readonly file: string;
  /** Where the bad bytes begin. */
  readonly offset: number;
  /** How many are bad; null where the whole file is missing or cannot be told apart. */
  readonly bytes: number | null;
  /**
   * Sequences of the changes that were in them, at most; `to` is null where nothing follows. Null where none is lost: the header
   * has a second copy, or a generation covers them.
   */
  readonly lost: { readonly from: number; readonly to: number | null } | null;
}

/** For whoever must act: to be logged and counted, not thrown; the journal is open and takes changes. */
export function damageError({ file, offset, bytes, lost }: JournalDamage): EngineError {
  const where = bytes === null ? 'Cannot read it from its start' : `Cannot read ${bytes} bytes at ${offset}`;
  const changes = lost === null ? 'no change is lost' : `changes ${lost.from} to ${lost.to ?? 'the last'} are lost`;
  return new EngineError('index_damaged', `${where}, ${changes}: ${file}`, {
    file,
    value: offset,
    expected: 'what was written there',
    remedy:
      lost === null
        ? 'Look at the disk: the kernel log (dmesg) and smartctl say what is wrong with it'
        : 'Put the documents again that were changed then (wp-chat sync does it for a site); the file is kept for inspection',
  });
}
