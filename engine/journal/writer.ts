/** Who makes frames durable for a journal: in the caller's own thread, or in one beside it. */
import type { JournalSize, SegmentWriter } from './segment-writer.ts';

/** One call at a time. What is thrown by {@link SegmentWriter} comes as a rejection. */
export interface Writer {
  /** Takes the buffer: it may be empty afterwards. */
  append(frame: Buffer): Promise<JournalSize>;
  rotate(): Promise<JournalSize>;
  remove(upTo: number): Promise<JournalSize>;
  /** Ends the journal in order and lets go of everything. */
  close(): Promise<void>;
}

/** Holds up its thread while the disk works. */
export function inlineWriter(segments: SegmentWriter): Writer {
  return {
    append: async (frame) => {
      segments.append(frame);
      return segments.size;
    },
    rotate: async () => {
      segments.rotate();
      return segments.size;
    },
    remove: async (upTo) => {
      segments.remove(upTo);
      return segments.size;
    },
    close: async () => segments.close(),
  };
}

/** For a journal that can be read but not written. */
export function refusingWriter(reason: unknown): Writer {
  const refuse = async (): Promise<never> => {
    throw reason;
  };
  return { append: refuse, rotate: refuse, remove: refuse, close: async () => {} };
}
