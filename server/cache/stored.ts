/** What the cache keeps of a question: its answer, and since when. */
import type { Answer } from './answer.ts';
import type { Keeping } from './freshness.ts';

export interface Stored {
  readonly answer: Answer;
  readonly keeping: Exclude<Keeping, 'never'>;
  /** When it was had, on `nowUs`; before the start of the process where it was read back. */
  readonly hadAtUs: number;
  /** No new one is asked for before, on `nowUs`: the last attempt failed. */
  retryAtUs: number;
}

/** Beside texts and bytes: objects, buffers, and places in tables. */
const ENTRY_BYTES = 1024;
/** A text may take two bytes a character. */
const CHAR_BYTES = 2;

export const bytesOfStored = (key: string, { answer }: Stored): number =>
  ENTRY_BYTES + CHAR_BYTES * key.length + answer.head.length;

/** Where answers are kept beside the memory; never throws, never rejects. */
export interface Spilling {
  put(key: string, stored: Stored): void;
  clear(): void;
  readonly stats: object;
}
