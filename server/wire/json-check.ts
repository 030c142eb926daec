/**
 * Walks JSON (RFC 8259) without building anything, so that a broken text is refused with the position of its first wrong
 * unit, and depth is bounded before a value exists. The parser of the platform leaves the position out of some messages, and takes the
 * last of two members with one name where other readers take the first (RFC 8259, 4).
 */

export type JsonFault = { readonly position: number; readonly reason: string };

const LITERALS: ReadonlyMap<string, string> = new Map(['true', 'false', 'null'].map((word) => [word[0]!, word]));
const ESCAPES: ReadonlySet<string> = new Set('"\\/bfnrt');
/** The longest start of a number; it is whole where it ends in a digit. */
const NUMBER_START = /-?(?:(?:0|[1-9]\d*)(?:(?:\.\d+)?[eE][+-]?\d*|\.\d*)?)?/y;
const NO_NAMES: Set<string> = new Set();
const HEX = /[0-9a-fA-F]/;

/** The first fault of what should be exactly one value, or null. Positions are in UTF-16 units. */
export function checkJson(text: string, depthMax: number): JsonFault | null {
  /** What closes each container that is open, and the names in it. */
  const open: { readonly end: '}' | ']'; readonly names: Set<string> }[] = [];
  let at = skipSpace(text, 0);
  const readName = (): JsonFault | null => {
    const position = at;
    at = endOfName(text, position);
    if (at < 0) return unexpected(text, ~at);
    const { names } = open.at(-1)!;
    const name = nameAt(text, position);
    if (names.has(name)) return { position, reason: 'a name comes twice' };
    names.add(name);
    return null;
  };
  for (;;) {
    const start = text[at];
    let fault: JsonFault | null = null;
    if (start === '{' || start === '[') {
      if (open.length >= depthMax) return { position: at, reason: `nested deeper than ${depthMax}` };
      open.push(start === '{' ? { end: '}', names: new Set() } : { end: ']', names: NO_NAMES });
      at = skipSpace(text, at + 1);
      if (text[at] !== open.at(-1)!.end) {
        if (start === '{') fault = readName();
        if (fault !== null) return fault;
        continue;
      }
    } else {
      at = endOfScalar(text, at);
      if (at < 0) return unexpected(text, ~at);
      at = skipSpace(text, at);
    }
    while (open.length > 0 && text[at] === open.at(-1)!.end) {
      open.pop();
      at = skipSpace(text, at + 1);
    }
    if (open.length === 0) return at < text.length ? unexpected(text, at) : null;
    if (text[at] !== ',') return unexpected(text, at);
    at = skipSpace(text, at + 1);
    if (open.at(-1)!.end === '}') fault = readName();
    if (fault !== null) return fault;
  }
}

/** As a reader takes it: `"\u0071"` is `q`. @param from of a name that is whole */
function nameAt(text: string, from: number): string {
  const written = text.slice(from, endOfString(text, from));
  return written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
}

function unexpected(text: string, position: number): JsonFault {
  const character = text[position];
  return {
    position,
    reason: character === undefined ? 'the text ends too early' : `unexpected ${JSON.stringify(character)}`,
  };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1;
  return at;
}

// The following give the position behind what they read, or the complement of the first wrong one.

/** A member's name, its colon, and the space around it. */
function endOfName(text: string, from: number): number {
  if (text[from] !== '"') return ~from;
  const end = endOfString(text, from);
  if (end < 0) return end;
  const colon = skipSpace(text, end);
  return text[colon] === ':' ? skipSpace(text, colon + 1) : ~colon;
}

function endOfScalar(text: string, from: number): number {
  if (text[from] === '"') return endOfString(text, from);
  const word = LITERALS.get(text[from]!);
  if (word !== undefined) {
    for (let n = 1; n < word.length; n++) if (text[from + n] !== word[n]) return ~(from + n);
    return from + word.length;
  }
  NUMBER_START.lastIndex = from;
  const end = from + NUMBER_START.exec(text)![0].length;
  const last = end > from ? text.charCodeAt(end - 1) : Number.NaN;
  return last >= 0x30 && last <= 0x39 ? end : ~end;
}

function endOfString(text: string, from: number): number {
  for (let at = from + 1; ; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) return at + 1;
    // Not a number where the text ends.
    if (!(unit >= 0x20)) return ~at;
    if (unit !== 0x5c) continue;
    at += 1;
    if (text[at] === 'u') {
      for (const last = at + 4; at < last; ) if (!HEX.test(text[++at] ?? '')) return ~at;
    } else if (!ESCAPES.has(text[at]!)) return ~at;
  }
}
