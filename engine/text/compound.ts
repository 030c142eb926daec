import { classAt, EXTEND, WORD, widthAt } from './character-class.ts';

/** How the parts of a compound belong together, and so which terms it gives. */
export type CompoundKind =
  /** One plain word. */
  | 'word'
  /** `C++`, `F#`: the signs are part of the name. */
  | 'signed'
  /** `3.14`, `1,000`, `6.4.2`: one number, its parts mean nothing. */
  | 'number'
  /** `U.S.A`: the letters run together. */
  | 'acronym'
  /** `state-of-the-art`: the parts, and the parts run together. */
  | 'hyphenated'
  /** `wp_query`, `wp-config.php`, `me@example.com`: the whole, and its parts. */
  | 'identifier';

/** A run of words tied by signs; `bounds` holds start and end of each part, `end` is past the last sign that belongs. */
export interface Compound {
  kind: CompoundKind;
  start: number;
  end: number;
  /** Pairs of UTF-16 offsets; only the first 2 × `parts` are valid. */
  readonly bounds: number[];
  parts: number;
}

/** Compounds longer than this are cut: minified code and base64 must not grow the index. */
const PARTS_MAX = 32;

const UNDERSCORE = 0x5f;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const COMMA = 0x2c;
const AT = 0x40;
const APOSTROPHE = 0x27;
const CURLY_APOSTROPHE = 0x2019;
const PLUS = 0x2b;
const HASH = 0x23;

const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;
const isAsciiLower = (unit: number): boolean => unit >= 0x61 && unit <= 0x7a;
const isAsciiUpper = (unit: number): boolean => unit >= 0x41 && unit <= 0x5a;

export const newCompound = (): Compound => ({ kind: 'word', start: 0, end: 0, bounds: [], parts: 0 });

/** End of the word that begins at `from`; with `apostrophes`, they may stand between its letters. */
function wordEnd(text: string, from: number, apostrophes: boolean): number {
  let at = from;
  while (at < text.length) {
    const kind = classAt(text, at);
    if (kind === WORD || kind === EXTEND) {
      at += widthAt(text, at);
      continue;
    }
    const unit = text.charCodeAt(at);
    const inside = apostrophes && (unit === APOSTROPHE || unit === CURLY_APOSTROPHE);
    if (!inside || at + 1 >= text.length || classAt(text, at + 1) !== WORD) break;
    at++;
  }
  return at;
}

/** The thousands separator of `1,000,000`: three digits follow it and no fourth. */
function groupsThousands(text: string, at: number): boolean {
  if (!isDigit(text.charCodeAt(at - 1)) || isDigit(text.charCodeAt(at + 4))) return false;
  return [1, 2, 3].every((step) => isDigit(text.charCodeAt(at + step)));
}

/** `end.Next` is a missing space, `functions.php` and `Next.js` are names. */
function dotJoins(text: string, at: number): boolean {
  return !(isAsciiUpper(text.charCodeAt(at + 1)) && isAsciiLower(text.charCodeAt(at - 1)));
}

/** Offset where the next part begins when the sign at `at` ties it to the part before, else −1. */
function tiedPart(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  let next = at + 1;
  if (unit === UNDERSCORE) while (text.charCodeAt(next) === UNDERSCORE) next++;
  else if (unit === DOT) {
    if (!dotJoins(text, at)) return -1;
  } else if (unit === COMMA) {
    if (!groupsThousands(text, at)) return -1;
  } else if (unit !== HYPHEN && unit !== AT) return -1;
  return next < text.length && classAt(text, next) === WORD ? next : -1;
}

function kindOf(text: string, compound: Compound, signs: { named: boolean; dotted: boolean; comma: boolean }) {
  const { bounds, parts } = compound;
  if (signs.named) return 'identifier';
  if (!signs.dotted && !signs.comma) return 'hyphenated';
  let digits = true;
  let letters = signs.dotted;
  for (let part = 0; part < parts; part++) {
    const start = bounds[2 * part]!;
    const end = bounds[2 * part + 1]!;
    letters &&= end - start === 1 && !isDigit(text.charCodeAt(start));
    for (let at = start; digits && at < end; at++) digits = isDigit(text.charCodeAt(at));
  }
  if (digits) return 'number';
  return letters ? 'acronym' : 'identifier';
}

/** `++` after a name, `#` after one letter, unless more of a word follows. */
function takeSigns(text: string, compound: Compound): void {
  const { start, end } = compound;
  const unit = text.charCodeAt(end);
  let after = end;
  if (unit === PLUS && text.charCodeAt(end + 1) === PLUS) after = end + 2;
  else if (unit === HASH && end - start === 1) after = end + 1;
  if (after === end || (after < text.length && classAt(text, after) === WORD)) return;
  if (isDigit(text.charCodeAt(end - 1))) return;
  compound.kind = 'signed';
  compound.end = after;
}

/** Reads the compound that begins at `start`, where a WORD character stands, into `compound`. */
export function readCompound(text: string, start: number, apostrophes: boolean, compound: Compound): void {
  const signs = { named: false, dotted: false, comma: false };
  let at = start;
  compound.start = start;
  compound.parts = 0;
  for (;;) {
    const end = wordEnd(text, at, apostrophes);
    compound.bounds[2 * compound.parts] = at;
    compound.bounds[2 * compound.parts + 1] = end;
    compound.parts++;
    compound.end = end;
    const next = compound.parts < PARTS_MAX ? tiedPart(text, end) : -1;
    if (next < 0) break;
    const unit = text.charCodeAt(end);
    if (unit === UNDERSCORE || unit === AT) signs.named = true;
    else if (unit === DOT) signs.dotted = true;
    else if (unit === COMMA) signs.comma = true;
    at = next;
  }
  if (compound.parts > 1) {
    compound.kind = kindOf(text, compound, signs);
    return;
  }
  compound.kind = 'word';
  takeSigns(text, compound);
}
