/** The runtime's segmenter takes time quadratic in the length of its text; it is only shown this much at once. */
const WINDOW_UNITS = 1024;

export interface Segment {
  /** UTF-16 offset in the whole text. */
  readonly start: number;
  readonly text: string;
  readonly isWordLike: boolean;
}

/**
 * Segments of `text` from `from` to `to`, in linear time. The last segment of a window is read again with the next one, so
 * that nothing is cut at a window's end; a segment that fills a whole window is cut there.
 */
export function* windowedSegments(
  text: string,
  segmenter: Intl.Segmenter,
  from = 0,
  to: number = text.length,
): Generator<Segment> {
  let start = from;
  while (start < to) {
    const end = Math.min(start + WINDOW_UNITS, to);
    const found = [...segmenter.segment(text.slice(start, end))];
    const whole = end === to || found.length === 1;
    const kept = whole ? found : found.slice(0, -1);
    for (const { index, segment, isWordLike } of kept) {
      yield { start: start + index, text: segment, isWordLike: isWordLike === true };
    }
    start = whole ? end : start + found[found.length - 1]!.index;
  }
}
