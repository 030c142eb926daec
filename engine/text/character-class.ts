/**
 * What a character means to the word scanner. ASCII is a table, the rest of the Basic Multilingual Plane is classified by
 * its Unicode properties when first met and remembered, so that a scan costs one load a character.
 */
export const BREAK = 0;
/** Letters, digits and marks of scripts that put spaces between words. */
export const WORD = 1;
/** Han, Hiragana, Katakana, Bopomofo, Hangul: indexed in overlapping pairs. */
export const IDEOGRAPH = 2;
/** Thai, Lao, Khmer, Burmese: no spaces, words come from a dictionary. */
export const UNSPACED = 3;
/** Combining marks and invisible joiners: they continue whatever they follow and start nothing. */
export const EXTEND = 4;
const UNKNOWN = 255;

const IDEOGRAPHIC =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Hangul}\u30FC\uFF70]/u;
const DICTIONARY = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
// The half-width voicing marks are letters by category, but combine with the kana before them.
const CONTINUING = /[\p{M}\uFF9E\uFF9F]|\u00AD|\u200C|\u200D|\u2060|\uFEFF/u;
const WORDLIKE = /[\p{L}\p{N}]/u;

function classifyByProperty(character: string): number {
  if (CONTINUING.test(character)) return DICTIONARY.test(character) ? UNSPACED : EXTEND;
  if (!WORDLIKE.test(character)) return BREAK;
  if (IDEOGRAPHIC.test(character)) return IDEOGRAPH;
  return DICTIONARY.test(character) ? UNSPACED : WORD;
}

const table = new Uint8Array(0x10000).fill(UNKNOWN);
for (let unit = 0; unit < 128; unit++) table[unit] = classifyByProperty(String.fromCharCode(unit));
table.fill(BREAK, 0xd800, 0xe000);

/** Class of the character that begins at `at`; a lone surrogate is a BREAK. */
export function classAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  const known = table[unit]!;
  if (unit >= 0xd800 && unit < 0xdc00) {
    const point = text.codePointAt(at)!;
    return point > 0xffff ? classifyByProperty(String.fromCodePoint(point)) : BREAK;
  }
  if (known !== UNKNOWN) return known;
  const found = classifyByProperty(text[at]!);
  table[unit] = found;
  return found;
}

/** UTF-16 units of the character that begins at `at`: 2 for a whole surrogate pair, else 1. */
export function widthAt(text: string, at: number): 1 | 2 {
  const unit = text.charCodeAt(at);
  if (unit < 0xd800 || unit >= 0xdc00) return 1;
  const next = text.charCodeAt(at + 1);
  return next >= 0xdc00 && next < 0xe000 ? 2 : 1;
}
