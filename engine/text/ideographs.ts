import { classAt, EXTEND, widthAt } from './character-class.ts';
import { windowedSegments } from './windowed-segments.ts';

/** Receives a piece of the text as UTF-16 offsets, end exclusive. */
export type SpanSink = (start: number, end: number) => void;

/** End of the run of characters of class `kind` (and what extends them) that begins at `from`. */
export function runEnd(text: string, from: number, kind: number): number {
  let at = from;
  while (at < text.length) {
    const found = classAt(text, at);
    if (found !== kind && found !== EXTEND) break;
    at += widthAt(text, at);
  }
  return at;
}

const HAN = /\p{Script=Han}/u;

/**
 * Overlapping pairs of characters, each with its marks, and every Han character by itself, for one alone is often a word.
 * A run of one character gives that character whatever its script.
 */
export function eachIdeographTerm(text: string, start: number, end: number, sink: SpanSink): void {
  let previous = -1;
  let at = start;
  while (at < end) {
    const from = at;
    at += widthAt(text, at);
    while (at < end && classAt(text, at) === EXTEND) at += widthAt(text, at);
    if (previous >= 0) sink(previous, at);
    if ((previous < 0 && at === end) || HAN.test(text.slice(from, at))) sink(from, at);
    previous = from;
  }
}

/** Words by the dictionary of the International Components for Unicode. */
export function eachDictionaryWord(
  text: string,
  bounds: { readonly start: number; readonly end: number },
  segmenter: Intl.Segmenter,
  sink: SpanSink,
): void {
  for (const segment of windowedSegments(text, segmenter, bounds.start, bounds.end)) {
    if (segment.isWordLike) sink(segment.start, segment.start + segment.text.length);
  }
}
