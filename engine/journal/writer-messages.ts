/** What crosses the border between a journal and the thread that writes it. */
import type { ErrorCode, ErrorPlace } from '../errors.ts';
import type { Position } from './recovery.ts';
import type { JournalSize, SegmentSettings } from './segment-writer.ts';

/** What the thread is started with. */
export interface WriterStart {
  readonly settings: SegmentSettings;
  readonly position: Position;
}

/** Answered in order, one each. */
export type ToWriter =
  | { readonly kind: 'append'; readonly frame: Uint8Array }
  | { readonly kind: 'rotate' }
  | { readonly kind: 'remove'; readonly upTo: number }
  | { readonly kind: 'close' };

/** An error's code and place do not survive the border by themselves. */
export type FromWriter =
  | { readonly kind: 'done'; readonly size: JournalSize }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string; readonly place: ErrorPlace };
