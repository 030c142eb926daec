/** Letters that Unicode does not decompose, as they are typed without their own key. */
const PLAIN_LETTERS: ReadonlyMap<string, string> = new Map(
  Object.entries({ ø: 'o', đ: 'd', ð: 'd', ł: 'l', ħ: 'h', ŧ: 't', ı: 'i', æ: 'ae', œ: 'oe', þ: 'th' }),
);
const SPECIAL_LETTER = /[øđðłħŧıæœþ]/g;
const POSSESSIVE = /['’]s$/i;
const UNSEEN = /[\s'’\u00AD\u2060\uFEFF]|\u200C|\u200D/g;
const COMBINING = /[\u0300-\u036f]/g;

const BEYOND_ASCII = /[^\0-\x7f]/;

/**
 * One spelling for what reads the same: NFKC, case folded (ß and ẞ are ss, final sigma is sigma, dotted I is i), no
 * possessive, no apostrophes, no soft hyphens or joiners. Diacritics stay. Turkish and Azeri have a case rule for i of
 * their own, which `locale` selects.
 */
export function foldCase(text: string, locale?: string): string {
  const bare = text.replace(POSSESSIVE, '');
  if (locale === undefined && !BEYOND_ASCII.test(bare)) return bare.toLowerCase().replaceAll("'", '');
  const composed = bare.normalize('NFKC');
  const lower = locale === undefined ? composed.toLowerCase() : composed.toLocaleLowerCase(locale);
  return lower
    .normalize('NFKC')
    .replace(UNSEEN, '')
    .replaceAll('ß', 'ss')
    .replaceAll('ς', 'σ')
    .replaceAll('i\u0307', 'i');
}

/** Drops the diacritics of Latin and Greek letters; other scripts keep theirs, for there they are letters (й, が, क़). */
export function foldDiacritics(text: string): string {
  if (!BEYOND_ASCII.test(text) || !/[\p{Script=Latin}\p{Script=Greek}]/u.test(text)) return text;
  return text
    .normalize('NFD')
    .replace(COMBINING, '')
    .replace(SPECIAL_LETTER, (letter) => PLAIN_LETTERS.get(letter) ?? letter)
    .normalize('NFC');
}
