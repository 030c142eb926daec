import { languagesOfWord } from './function-words.ts';
import { countScripts, type Script } from './script.ts';

export interface DetectedLanguage {
  /** ISO 639-1. */
  readonly lang: string;
  /** False where the script allows more than one language and little speaks for this one. */
  readonly confident: boolean;
}

/** More text than this does not change the answer. */
const TEXT_UNITS_MAX = 4000;

/** Letters that only some of the languages of a script write. */
const TELLING_LETTERS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/ß/, ['de']],
  [/[äö]/, ['de', 'sv', 'fi']],
  [/ü/, ['de', 'tr', 'hu']],
  [/[ñ¿¡]/, ['es']],
  [/[ãõ]/, ['pt']],
  [/[œèêûî]/, ['fr']],
  [/[ìò]/, ['it']],
  [/å/, ['sv', 'da', 'no']],
  [/[øæ]/, ['da', 'no']],
  [/[łąęśćźżń]/, ['pl']],
  [/[řěůčž]/, ['cs']],
  [/[őű]/, ['hu']],
  [/[ğış]/, ['tr']],
  [/[șțăţ]/, ['ro']],
  [/[ơưđạảấầẩậắằẳặẹẻẽếềểệỉịọỏốồổộớờởợụủứừửựỳỵỷ]/, ['vi']],
  [/[ыэё]/, ['ru']],
  [/[іїєґ]/, ['uk']],
  [/ъ[^еёюяa-z]|щ[аеи]\s/, ['bg']],
];

/** Scripts that one language (almost) owns. */
const SCRIPT_LANGUAGE: Partial<Record<Script, string>> = {
  kana: 'ja',
  hangul: 'ko',
  hebrew: 'he',
  greek: 'el',
  thai: 'th',
  devanagari: 'hi',
  bengali: 'bn',
  tamil: 'ta',
  georgian: 'ka',
  armenian: 'hy',
};

/** A letter of these scripts says about as much as this many Latin ones. */
const LETTER_WEIGHT: Partial<Record<Script, number>> = { kana: 3, han: 3, hangul: 2 };

const SIMPLIFIED_ONLY = /[们这说时对发过样还让间开见问题么设网页进务应该图书为与东车长门话语关]/u;
const JAPANESE_ONLY = /[気図駅広売読歩権働込畑峠辻円県沢渋駄択訳覚観験検経済薬]/u;

const LEAST_EVIDENCE = 1.5;
const LEAST_LEAD = 1.3;
const LETTER_EVIDENCE = 0.75;
/** At least this share of the words must speak for a language other than English. */
const LEAST_SHARE = 0.2;
/** Of a long text only the share among this many words is asked for. */
const WORDS_WEIGHED_MAX = 20;
/** Written so much alike that the one standing close behind the other does not make a text uncertain. */
const TWINS: ReadonlyMap<string, string> = new Map([
  ['da', 'no'],
  ['no', 'da'],
]);

function dominantScript(text: string): Script | null {
  let best: Script | null = null;
  let bestWeight = 0;
  const counts = countScripts(text);
  const kana = counts.get('kana') ?? 0;
  // Japanese is written with both; a text with kana owns its Han.
  if (kana > 0) counts.set('kana', kana + (counts.get('han') ?? 0));
  for (const [script, count] of counts) {
    const weight = count * (LETTER_WEIGHT[script] ?? 1);
    if (weight > bestWeight) {
      best = script;
      bestWeight = weight;
    }
  }
  return best;
}

/** Evidence by language: a word shared by n languages counts 1/n for each; repeated words count once. */
function weighWords(words: readonly string[], text: string): Map<string, number> {
  const evidence = new Map<string, number>();
  const add = (language: string, weight: number): void => {
    evidence.set(language, (evidence.get(language) ?? 0) + weight);
  };
  for (const word of new Set(words)) {
    const languages = languagesOfWord(word);
    for (const language of languages) add(language, 1 / Math.sqrt(languages.length));
  }
  for (const [letters, languages] of TELLING_LETTERS) {
    if (letters.test(text)) for (const language of languages) add(language, LETTER_EVIDENCE / languages.length);
  }
  return evidence;
}

function byEvidence(text: string): DetectedLanguage | null {
  const lower = text.toLowerCase().normalize('NFC');
  const words = lower.match(/\p{L}{2,}|(?<!['’])\p{L}/gu) ?? [];
  if (words.length < 2) return null;
  const ranked = [...weighWords(words, lower)].sort((a, b) => b[1] - a[1]);
  const [lang, best] = ranked[0] ?? ['', 0];
  const twin = TWINS.get(lang);
  const [, next] = ranked.find(([other]) => other !== lang && other !== twin) ?? ['', 0];
  if (best < LEAST_EVIDENCE || best < LEAST_LEAD * next) return null;
  const share = best / Math.min(new Set(words).size, WORDS_WEIGHED_MAX);
  if (lang !== 'en' && share < LEAST_SHARE) return null;
  const told = twin === undefined || ranked[1]?.[0] !== twin || best >= LEAST_LEAD * ranked[1][1];
  return { lang, confident: told && (best >= 2 * LEAST_EVIDENCE || share >= 2 * LEAST_SHARE) };
}

function byHan(text: string): DetectedLanguage {
  if (JAPANESE_ONLY.test(text)) return { lang: 'ja', confident: false };
  return { lang: 'zh', confident: SIMPLIFIED_ONLY.test(text) };
}

function byArabicLetters(text: string): DetectedLanguage {
  if (/[ٹڈڑےں]/.test(text)) return { lang: 'ur', confident: true };
  if (/[پچژگیک]/.test(text)) return { lang: 'fa', confident: true };
  return { lang: 'ar', confident: true };
}

/**
 * The language of a query or post, or null where nothing certain can be said: one Latin word, identifiers, names, numbers.
 * It would rather say nothing than call an English query foreign. Looks at no more than the first 4,000 UTF-16 units.
 *
 * The script decides first; languages of one script are told apart by their function words and letters.
 */
export function detectLanguage(text: string): DetectedLanguage | null {
  const sample = text.length > TEXT_UNITS_MAX ? text.slice(0, TEXT_UNITS_MAX) : text;
  const script = dominantScript(sample);
  if (script === null) return null;
  if (script === 'latin') return byEvidence(sample);
  if (script === 'cyrillic') return byEvidence(sample) ?? { lang: 'ru', confident: false };
  if (script === 'han') return byHan(sample);
  if (script === 'arabic') return byArabicLetters(sample);
  const lang = SCRIPT_LANGUAGE[script];
  return lang === undefined ? null : { lang, confident: true };
}
