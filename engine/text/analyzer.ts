import { BREAK, classAt, EXTEND, IDEOGRAPH, WORD, widthAt } from './character-class.ts';
import { type Compound, newCompound, readCompound } from './compound.ts';
import { foldCase } from './fold.ts';
import { eachDictionaryWord, eachIdeographTerm, runEnd } from './ideographs.ts';
import { type LanguageRules, rulesFor } from './language-rules.ts';

/** Changes whenever the same text could give other terms: an index built with another version must be rebuilt. */
export const ANALYSIS_VERSION = 1;
/** Terms are cut to this many UTF-16 units. */
export const TERM_UNITS_MAX = 64;
/** Different words whose terms an analyzer remembers. */
const CACHED_WORDS_MAX = 65_536;

/** A term and where it stands in the analysed string: UTF-16 offsets, end exclusive. Spans may overlap. */
export interface TermSpan {
  readonly term: string;
  readonly start: number;
  readonly end: number;
}

/** What an index must remember to know that queries are analysed as its passages were. */
export interface AnalysisDescription {
  readonly version: number;
  readonly language: string;
  /** Versions of Unicode and its data that the runtime classifies characters with. */
  readonly unicode: string;
}

/** Text to lexical terms, the same at build and at query time. Not safe to share across threads; keeps a bounded cache. */
export interface Analyzer {
  /** Terms in the order of the text, repeated as often as they occur. */
  terms(text: string): string[];
  /** The same terms with their places. */
  spans(text: string): TermSpan[];
  describe(): AnalysisDescription;
}

type TermSink = (term: string, start: number, end: number) => void;

/** Words below this length are copied by the engine anyway; longer slices would keep the whole text alive. */
const SLICE_UNITS_MIN = 13;
const ownCopy = (text: string): string =>
  text.length < SLICE_UNITS_MIN ? text : Buffer.from(text, 'utf16le').toString('utf16le');

function capped(term: string): string {
  if (term.length <= TERM_UNITS_MAX) return term;
  return term.slice(0, widthAt(term, TERM_UNITS_MAX - 1) === 2 ? TERM_UNITS_MAX - 1 : TERM_UNITS_MAX);
}

const HAS_DIGIT = /\p{N}/u;

class LanguageAnalyzer implements Analyzer {
  readonly #language: string;
  readonly #rules: LanguageRules;
  readonly #cache = new Map<string, string>();
  readonly #compound: Compound = newCompound();
  #segmenter: Intl.Segmenter | undefined;

  constructor(language: string) {
    this.#language = language;
    this.#rules = rulesFor(language);
  }

  terms(text: string): string[] {
    const out: string[] = [];
    this.#scan(text, (term) => {
      out.push(term);
    });
    return out;
  }

  spans(text: string): TermSpan[] {
    const out: TermSpan[] = [];
    this.#scan(text, (term, start, end) => {
      out.push({ term, start, end });
    });
    return out;
  }

  describe(): AnalysisDescription {
    return { version: ANALYSIS_VERSION, language: this.#language, unicode: process.versions['unicode'] ?? 'unknown' };
  }

  #scan(text: string, sink: TermSink): void {
    let at = 0;
    while (at < text.length) {
      const kind = classAt(text, at);
      if (kind === BREAK || kind === EXTEND) {
        at += widthAt(text, at);
      } else if (kind === WORD) {
        readCompound(text, at, this.#rules.apostrophesInside, this.#compound);
        at = this.#compound.end;
        this.#emitCompound(text, sink);
      } else {
        const end = runEnd(text, at, kind);
        this.#emitRun(text, { start: at, end, kind }, sink);
        at = end;
      }
    }
  }

  #emitRun(text: string, run: { start: number; end: number; kind: number }, sink: TermSink): void {
    const emit = (start: number, end: number): void => this.#emit(text, start, end, sink);
    if (run.kind === IDEOGRAPH) {
      eachIdeographTerm(text, run.start, run.end, emit);
      return;
    }
    this.#segmenter ??= new Intl.Segmenter(this.#language, { granularity: 'word' });
    eachDictionaryWord(text, run, this.#segmenter, emit);
  }

  #emitCompound(text: string, sink: TermSink): void {
    const { kind, start, end, bounds, parts } = this.#compound;
    if (kind === 'word') {
      this.#emit(text, start, end, sink);
      return;
    }
    const whole = this.#whole(text.slice(start, end), kind);
    if (whole !== '') sink(whole, start, end);
    if (kind === 'number' || kind === 'acronym') return;
    for (let part = 0; part < parts; part++) this.#emit(text, bounds[2 * part]!, bounds[2 * part + 1]!, sink);
  }

  #emit(text: string, start: number, end: number, sink: TermSink): void {
    const word = text.slice(start, end);
    let term = this.#cache.get(word);
    if (term === undefined) {
      term = this.#remember(word, this.#wordTerm(word));
    }
    if (term !== '') sink(term, start, end);
  }

  #wordTerm(word: string): string {
    const folded = foldCase(capped(word), this.#rules.caseLocale);
    return capped(HAS_DIGIT.test(folded) ? folded : this.#rules.stem(folded));
  }

  /** The term of a compound as a whole; too long a one is left to its parts. */
  #whole(compound: string, kind: Compound['kind']): string {
    const known = this.#cache.get(compound);
    if (known !== undefined) return known;
    if (compound.length > TERM_UNITS_MAX) return '';
    let term = foldCase(compound);
    if (kind === 'acronym') term = term.replaceAll('.', '');
    else if (kind === 'number') term = term.replaceAll(',', '');
    else if (kind === 'hyphenated') term = this.#wordTerm(term.replaceAll('-', ''));
    return this.#remember(compound, term);
  }

  #remember(word: string, term: string): string {
    if (word.length > TERM_UNITS_MAX) return term;
    if (this.#cache.size >= CACHED_WORDS_MAX) this.#cache.clear();
    const kept = ownCopy(term);
    this.#cache.set(ownCopy(word), kept);
    return kept;
  }
}

/**
 * An analyzer for a language given by its ISO 639-1 code, case and region ignored (`de-AT` is `de`). A language without
 * rules of its own is split and folded but not stemmed.
 */
export function createAnalyzer(language: string): Analyzer {
  return new LanguageAnalyzer(language.toLowerCase().split(/[-_]/, 1)[0] ?? 'und');
}
