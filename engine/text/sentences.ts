import { windowedSegments } from './windowed-segments.ts';

/** Words after which a full stop ends no sentence, whatever the break rules of Unicode say; single letters besides. */
const ABBREVIATIONS: ReadonlySet<string> = new Set(
  `Dr Mr Mrs Ms Prof St Mt No Nr Fig Figs Eq Ref vs approx resp incl e.g i.e al cf ca bzw z.B d.h u.a o.ä ggf inkl evtl Abs
  Art Str Hr Fr Sr Sra Srta Ud Uds Dra ej Mme pp vol Vol ed Inc Ltd Co Corp Jr Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov
  Dec т.е т.д т.к им`.split(/\s+/),
);
const LAST_WORD = /(?:^|[\s(„"“])([\p{L}.]+)\.\s*$/u;
const TAIL_UNITS = 16;

function endsInAbbreviation(text: string): boolean {
  const word = LAST_WORD.exec(text.slice(-TAIL_UNITS))?.[1];
  return word !== undefined && (word.length === 1 || ABBREVIATIONS.has(word));
}

const segmenters = new Map<string, Intl.Segmenter>();

function segmenterFor(language: string): Intl.Segmenter {
  let segmenter = segmenters.get(language);
  if (segmenter === undefined) {
    const known = /^[a-z]{2,3}$/.test(language) ? language : 'und';
    segmenter = new Intl.Segmenter(known, { granularity: 'sentence' });
    segmenters.set(language, segmenter);
  }
  return segmenter;
}

/**
 * Sentences with the white space after them: joined they give the text again. Follows Unicode's sentence boundaries
 * (UAX 29) and rejoins what was cut after an abbreviation or an initial.
 */
export function splitSentences(text: string, language: string): string[] {
  const sentences: string[] = [];
  let open = '';
  for (const segment of windowedSegments(text, segmenterFor(language))) {
    open += segment.text;
    if (endsInAbbreviation(open)) continue;
    sentences.push(open);
    open = '';
  }
  if (open !== '') sentences.push(open);
  return sentences;
}
