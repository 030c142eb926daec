import { stemmer as stemDanish } from '@orama/stemmers/danish';
import { stemmer as stemDutch } from '@orama/stemmers/dutch';
import { stemmer as stemFinnish } from '@orama/stemmers/finnish';
import { stemmer as stemFrench } from '@orama/stemmers/french';
import { stemmer as stemGerman } from '@orama/stemmers/german';
import { stemmer as stemHungarian } from '@orama/stemmers/hungarian';
import { stemmer as stemItalian } from '@orama/stemmers/italian';
import { stemmer as stemNorwegian } from '@orama/stemmers/norwegian';
import { stemmer as stemPortuguese } from '@orama/stemmers/portuguese';
import { stemmer as stemRomanian } from '@orama/stemmers/romanian';
import { stemmer as stemRussian } from '@orama/stemmers/russian';
import { stemmer as stemSpanish } from '@orama/stemmers/spanish';
import { stemmer as stemSwedish } from '@orama/stemmers/swedish';
import { stemmer as stemTurkish } from '@orama/stemmers/turkish';
import { foldDiacritics } from './fold.ts';
import { stemEnglish } from './stem-english.ts';

/** How one language's words become terms. */
export interface LanguageRules {
  /** Makes one index term of a word that is case-folded; diacritics are still there. */
  readonly stem: (word: string) => string;
  /** `don't` is one word; elsewhere the apostrophe divides (`l'eau`). */
  readonly apostrophesInside: boolean;
  /** Case is folded by this locale's rules where they differ from Unicode's. */
  readonly caseLocale?: string;
}

const keep = (word: string): string => word;
const plain = (stem: (word: string) => string) => (word: string) => foldDiacritics(stem(word));

/** `ae`, `oe`, `ue` typed for umlauts; `qu` is none. */
const germanUmlauts = (word: string): string =>
  word.replace(/qu|ae|oe|ue/g, (pair) => ({ ae: 'ä', oe: 'ö', ue: 'ü' })[pair] ?? pair);

const RULES: Readonly<Record<string, LanguageRules>> = {
  en: { stem: (word) => stemEnglish(foldDiacritics(word)), apostrophesInside: true },
  // Snowball reads umlauts and returns plain vowels; other diacritics go afterwards.
  de: { stem: plain((word) => stemGerman(germanUmlauts(word))), apostrophesInside: false },
  es: { stem: plain(stemSpanish), apostrophesInside: false },
  fr: { stem: plain(stemFrench), apostrophesInside: false },
  it: { stem: plain(stemItalian), apostrophesInside: false },
  pt: { stem: plain(stemPortuguese), apostrophesInside: false },
  nl: { stem: plain(stemDutch), apostrophesInside: false },
  // Snowball knows the letters with cedilla, current spelling has a comma below.
  ro: {
    stem: plain((word) => stemRomanian(word.replaceAll('ș', 'ş').replaceAll('ț', 'ţ'))),
    apostrophesInside: false,
  },
  // Here the marked letters are letters of their own, and stripping them would merge words.
  sv: { stem: stemSwedish, apostrophesInside: false },
  da: { stem: stemDanish, apostrophesInside: false },
  no: { stem: stemNorwegian, apostrophesInside: false },
  fi: { stem: stemFinnish, apostrophesInside: false },
  hu: { stem: stemHungarian, apostrophesInside: false },
  // Endings harmonise with ı and i; afterwards they are one, since capitals of foreign names have lost the difference.
  tr: { stem: (word) => stemTurkish(word).replaceAll('ı', 'i'), apostrophesInside: false, caseLocale: 'tr' },
  ru: { stem: (word) => stemRussian(word.replaceAll('ё', 'е')), apostrophesInside: false },
  uk: { stem: keep, apostrophesInside: true },
  zh: { stem: foldDiacritics, apostrophesInside: true },
  ja: { stem: foldDiacritics, apostrophesInside: true },
  ko: { stem: foldDiacritics, apostrophesInside: true },
};

const UNKNOWN_LANGUAGE: LanguageRules = { stem: foldDiacritics, apostrophesInside: true };

/** ISO 639-1 codes with rules of their own; any other language is split and folded, not stemmed. */
export const supportedLanguages: readonly string[] = Object.keys(RULES).sort();

export const rulesFor = (language: string): LanguageRules =>
  Object.hasOwn(RULES, language) ? RULES[language]! : UNKNOWN_LANGUAGE;
