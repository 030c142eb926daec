/** UTF-16 units of a title or heading that are kept: each passage stores the headings above it. */
export const HEADING_UNITS_MAX = 512;

/** The beginning of a text, at most `unitsMax` UTF-16 units long; a surrogate pair is never parted. */
export function clipText(text: string, unitsMax: number): string {
  if (text.length <= unitsMax) return text;
  const before = text.charCodeAt(unitsMax - 1);
  const after = text.charCodeAt(unitsMax);
  const inPair = before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000;
  return text.slice(0, inPair ? unitsMax - 1 : unitsMax);
}

/** A title or heading within {@link HEADING_UNITS_MAX}. */
export function clipHeading(text: string): string {
  return text.length <= HEADING_UNITS_MAX ? text : clipText(text, HEADING_UNITS_MAX).trimEnd();
}
