/** Which frames of a segment are whole, and what is wrong with the bytes between them? */
import { badHeaderCopy, decodeFrame, type Frame, findFrame, HEADER_BYTES, type Header } from './format.ts';

/** Bytes from `offset` on that are no frame. */
export interface Span {
  readonly offset: number;
  readonly bytes: number;
}

export type Piece =
  | { readonly kind: 'frame'; readonly frame: Frame }
  /** Was acknowledged once: a whole frame follows, or the next segment says that this one was longer. */
  | { readonly kind: 'damage'; readonly span: Span }
  /** A copy of the header, of which the other one is whole: nothing is lost by it. */
  | { readonly kind: 'headerDamage'; readonly span: Span }
  /** Nothing whole follows: what a crash left of a frame that nobody was told of. Only ever the last piece. */
  | { readonly kind: 'torn'; readonly span: Span };

/**
 * @param bytes the whole file
 * @param end where the segment ends, as the next one says; null of the last one
 */
export function* scanSegment(bytes: Buffer, { salt }: Header, end: number | null): Generator<Piece> {
  const limit = Math.min(end ?? bytes.length, bytes.length);
  const body = bytes.subarray(0, limit);
  const badCopy = badHeaderCopy(bytes);
  // A crash while the segment was begun leaves a copy torn, and no frame.
  if (badCopy !== null && limit > HEADER_BYTES) {
    yield { kind: 'headerDamage', span: { offset: badCopy, bytes: HEADER_BYTES / 2 } };
  }
  let at = Math.min(HEADER_BYTES, limit);
  while (at < limit) {
    const frame = decodeFrame(body, at, salt);
    if (frame !== null) {
      yield { kind: 'frame', frame };
      at += frame.bytes;
      continue;
    }
    const next = findFrame(body, at + 1, salt);
    if (next === null) break;
    yield { kind: 'damage', span: { offset: at, bytes: next - at } };
    at = next;
  }
  if (end !== null && at < end) yield { kind: 'damage', span: { offset: at, bytes: end - at } };
  else if (at < limit) yield { kind: 'torn', span: { offset: at, bytes: limit - at } };
}
