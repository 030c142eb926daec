/**
 * How is a text that anybody may have chosen made fit for a field with a limit?
 *
 * Lengths are UTF-16 units: no vendor's count of characters is larger. Nothing is cut inside a code point.
 */

const ELLIPSIS = '…';
/** Control characters but line feed and tab, the two line separators, and the marks that turn the direction of what follows. */
const UNSEEN = /[^\P{Cc}\n\t]|[\u2028\u2029]|\p{Bidi_Control}/gu;
const BREAKS = /[\n\t]/g;

/** At most so many units, with an ellipsis where something is missing. */
export function cut(text: string, unitsMax: number): string {
  if (text.length <= unitsMax) return text;
  let end = unitsMax - ELLIPSIS.length;
  if (isHigh(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(0, end) + ELLIPSIS;
}

/** Several lines, without what cannot be seen. */
export const block = (text: string, unitsMax: number): string =>
  // What does not come into the result need not be looked at: a megabyte is cut before it is cleaned.
  cut(
    whole(text.slice(0, 2 * unitsMax))
      .replaceAll('\r\n', '\n')
      .replaceAll(UNSEEN, ' '),
    unitsMax,
  );

/** One line, without what cannot be seen. */
export const line = (text: string, unitsMax: number): string =>
  cut(
    block(text, Math.max(unitsMax, 2 * ELLIPSIS.length))
      .replaceAll(BREAKS, ' ')
      .trim(),
    unitsMax,
  );

/**
 * Each code point as `write` has it, as many as fit. An escape is never cut in two, and a text that would come out longer
 * ends in an ellipsis.
 */
export function escaped(text: string, unitsMax: number, write: (point: string) => string): string {
  let out = '';
  let end = 0;
  for (const point of text) {
    const next = write(point);
    if (out.length + next.length > unitsMax) return out.slice(0, end) + ELLIPSIS;
    out += next;
    if (out.length <= unitsMax - ELLIPSIS.length) end = out.length;
  }
  return out;
}

/** Halves of pairs that have lost the other half become U+FFFD, as UTF-8 has no place for them. */
const whole = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
