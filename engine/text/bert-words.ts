/**
 * BERT's normaliser and pre-tokenizer: text to the words that are cut into word pieces. Controls are dropped, every
 * ideograph and punctuation mark is a word by itself, accents are stripped, letters are lowered one by one. Follows the
 * reference implementation code point by code point, down to its Unicode 8 tables.
 */
import { formerlyNonspacing, formerlyPunctuation, keptAsUnassigned, notYetPunctuation } from './unicode-8.ts';

/** Spellings remembered before the memory starts anew. */
const MEMO_POINTS_MAX = 65_536;

const IDEOGRAPH_RANGES: readonly (readonly [number, number])[] = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b81f],
  [0x2b920, 0x2ceaf],
  [0x2f800, 0x2fa1f],
];

const isAsciiPunctuation = (point: number): boolean =>
  (point >= 0x21 && point <= 0x2f) ||
  (point >= 0x3a && point <= 0x40) ||
  (point >= 0x5b && point <= 0x60) ||
  (point >= 0x7b && point <= 0x7e);

function isPunctuation(character: string): boolean {
  const point = character.codePointAt(0)!;
  if (isAsciiPunctuation(point) || formerlyPunctuation.has(point)) return true;
  return /\p{P}/u.test(character) && !notYetPunctuation.has(point);
}

const isDropped = (character: string, point: number): boolean =>
  point === 0 || point === 0xfffd || formerlyNonspacing.has(point) || /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u.test(character);

/** What one code point becomes; spaces stand where words end. */
function spell(character: string): string {
  const point = character.codePointAt(0)!;
  if (character === '\t' || character === '\n' || character === '\r') return ' ';
  if (keptAsUnassigned.has(point)) return isPunctuation(character) ? ` ${character} ` : character;
  if (isDropped(character, point)) return '';
  if (/\p{White_Space}/u.test(character)) return ' ';
  let out = '';
  for (const piece of character.normalize('NFD').replace(/\p{Mn}/gu, '')) {
    const lower = piece.toLowerCase();
    out += isPunctuation(lower) ? ` ${lower} ` : lower;
  }
  return IDEOGRAPH_RANGES.some(([first, last]) => point >= first && point <= last) ? ` ${out} ` : out;
}

const memo = new Map<number, string>();

function spelled(character: string): string {
  const point = character.codePointAt(0)!;
  let spelling = memo.get(point);
  if (spelling === undefined) {
    spelling = spell(character);
    if (memo.size >= MEMO_POINTS_MAX) memo.clear();
    memo.set(point, spelling);
  }
  return spelling;
}

/** The words of any text; lone surrogates are dropped. */
export function bertWords(text: string): string[] {
  let out = '';
  for (const character of text) out += spelled(character);
  return out.split(' ').filter((word) => word !== '');
}

export const ASCII_SPACE = 1;
export const ASCII_PUNCTUATION = 2;
export const ASCII_WORD = 3;

/** Class of an ASCII unit by the same rules; 0 is a control, which needs {@link bertWords}. */
export const asciiClass: Uint8Array = Uint8Array.from({ length: 128 }, (_, point) => {
  if (point === 0x20 || point === 0x09 || point === 0x0a || point === 0x0d) return ASCII_SPACE;
  if (isAsciiPunctuation(point)) return ASCII_PUNCTUATION;
  return point > 0x20 && point < 0x7f ? ASCII_WORD : 0;
});
