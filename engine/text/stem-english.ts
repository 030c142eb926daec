/**
 * Snowball's English stemmer ("Porter2", revision 3 of the algorithm), after Martin Porter's published definition
 * (snowballstem.org/algorithms/english/stemmer.html). Rules work on suffixes whose start must lie in R1 or R2, the
 * parts of the word after its first and its second vowel–consonant pair.
 */
const VOWELS = 'aeiouy';
const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ...['andes', 'atlas', 'bias', 'cosmos', 'howe', 'news', 'sky'].map((word) => [word, word] as const),
  ['skis', 'ski'],
  ['skies', 'sky'],
  ['idly', 'idl'],
  ['gently', 'gentl'],
  ['ugly', 'ugli'],
  ['early', 'earli'],
  ['only', 'onli'],
  ['singly', 'singl'],
]);
const LONG_PREFIX = /^(?:arsen|commun|emerg|gener|inter|later|organ|past|univers)/;
const PAIR_END = /[bdfgmnprt]/;

type Rule = readonly [suffix: string, replacement: string];
/** Longest suffix first, for the longest that matches decides alone. */
const byLength = (rules: readonly Rule[]): readonly Rule[] => [...rules].sort((a, b) => b[0].length - a[0].length);

const STEP_2 = byLength([
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['abli', 'able'],
  ['entli', 'ent'],
  ['izer', 'ize'],
  ['ization', 'ize'],
  ['ational', 'ate'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['alli', 'al'],
  ['fulness', 'ful'],
  ['fulli', 'ful'],
  ['ousli', 'ous'],
  ['ousness', 'ous'],
  ['iveness', 'ive'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
  ['bli', 'ble'],
  ['ogist', 'og'],
  ['ogi', 'og'],
  ['lessli', 'less'],
  ['li', ''],
]);
const STEP_3 = byLength([
  ['tional', 'tion'],
  ['ational', 'ate'],
  ['alize', 'al'],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
  ['ative', ''],
]);
const STEP_4 = byLength(
  'al ance ence er ic able ible ant ement ment ent ism ate iti ous ive ize ion'
    .split(' ')
    .map((suffix) => [suffix, ''] as const),
);

const isVowel = (letter: string | undefined): boolean => letter !== undefined && VOWELS.includes(letter);
const hasVowel = (text: string): boolean => /[aeiouy]/.test(text);

/** End of the first vowel–consonant pair at or after `from`, or the length. */
function regionAfter(word: string, from: number): number {
  let at = from;
  while (at < word.length && !isVowel(word[at])) at++;
  while (at < word.length && isVowel(word[at])) at++;
  return Math.min(at + 1, word.length);
}

/** A y that begins the word or follows a vowel is a consonant and becomes Y. */
function markConsonantY(word: string): string {
  let out = '';
  for (const letter of word) {
    const consonant = letter === 'y' && (out === '' || isVowel(out[out.length - 1]));
    out += consonant ? 'Y' : letter;
  }
  return out;
}

function endsInShortSyllable(word: string): boolean {
  return /[^aeiouy][aeiouy][^aeiouywxY]$/.test(word) || /^[aeiouy][^aeiouy]$/.test(word) || word.endsWith('past');
}

function dropPlural(input: string): string {
  const word = input.replace(/'(?:s'?)?$/, '');
  if (word.endsWith('sses')) return word.slice(0, -2);
  if (/ie[ds]$/.test(word)) return word.slice(0, word.length > 4 ? -2 : -1);
  if (/[us]s$/.test(word)) return word;
  return word.endsWith('s') && /[aeiouy]/.test(word.slice(0, -2)) ? word.slice(0, -1) : word;
}

function dropPast(word: string, r1: number): string {
  const suffix = /(?:eed(?:ly)?|ed(?:ly)?|ing(?:ly)?)$/.exec(word)?.[0];
  if (suffix === undefined) return word;
  const stem = word.slice(0, -suffix.length);
  if (suffix.startsWith('eed')) {
    return stem.length < r1 || /^(?:succ|proc|exc)$/.test(stem) ? word : `${stem}ee`;
  }
  if (suffix === 'ing') {
    if (/^[^aeiouy]y$/.test(stem)) return `${stem.slice(0, 1)}ie`;
    if (/^(?:even|cann|inn|earr|herr|out)$/.test(stem)) return word;
  }
  if (!hasVowel(stem)) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  const last = stem[stem.length - 1] ?? '';
  if (PAIR_END.test(last) && stem[stem.length - 2] === last) {
    return /^[aeo]..$/.test(stem) ? stem : stem.slice(0, -1);
  }
  return stem.length === r1 && endsInShortSyllable(stem) ? `${stem}e` : stem;
}

function replaceSuffix(word: string, rules: readonly Rule[], allowed: (stem: string, suffix: string) => boolean) {
  for (const [suffix, replacement] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, -suffix.length);
    return allowed(stem, suffix) ? stem + replacement : word;
  }
  return word;
}

function dropFinal(word: string, r1: number, r2: number): string {
  const stem = word.slice(0, -1);
  if (word.endsWith('e')) {
    return stem.length >= r2 || (stem.length >= r1 && !endsInShortSyllable(stem)) ? stem : word;
  }
  return word.endsWith('ll') && stem.length >= r2 ? stem : word;
}

/** The stem of a lower-case English word; words of one or two letters stay as they are. */
export function stemEnglish(input: string): string {
  const exception = EXCEPTIONS.get(input);
  if (exception !== undefined) return exception;
  if (input.length < 3) return input;
  let word = markConsonantY(input.startsWith("'") ? input.slice(1) : input);
  const r1 = LONG_PREFIX.exec(word)?.[0].length ?? regionAfter(word, 0);
  const r2 = regionAfter(word, r1);
  word = dropPast(dropPlural(word), r1);
  if (/[^aeiouy][yY]$/.test(word) && word.length > 2) word = `${word.slice(0, -1)}i`;
  word = replaceSuffix(word, STEP_2, (stem, suffix) => {
    if (stem.length < r1) return false;
    if (suffix === 'ogi') return stem.endsWith('l');
    return suffix !== 'li' || /[cdeghkmnrt]$/.test(stem);
  });
  word = replaceSuffix(word, STEP_3, (stem, suffix) => stem.length >= (suffix === 'ative' ? r2 : r1));
  word = replaceSuffix(word, STEP_4, (stem, suffix) => stem.length >= r2 && (suffix !== 'ion' || /[st]$/.test(stem)));
  return dropFinal(word, r1, r2).replaceAll('Y', 'y');
}
