import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snippetOf, tellingTerms } from '../../engine/snippet.ts';
import { createAnalyzer } from '../../engine/text/index.ts';
import { runs } from '../support/runs.ts';

const analyzer = createAnalyzer('en');
const MATCHES_SHARE = 0.7;

const CHARACTERS: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};
const unescapeHtml = (html: string): string =>
  html.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => CHARACTERS[entity]!);

interface Read {
  /** Without marks, escapes and the ellipses. */
  readonly text: string;
  /** Of the marks, within `text`. */
  readonly marks: readonly { start: number; end: number }[];
  readonly cutBefore: boolean;
  readonly cutAfter: boolean;
}

/** Reads a snippet back. The passage is needed to tell an ellipsis of the snippet's own from one that stood there. */
function read(html: string, passage: string): Read {
  expect(html.replaceAll(/<\/?mark>/g, '')).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
  let text = '';
  const marks: { start: number; end: number }[] = [];
  for (const [at, part] of html.split(/<mark>|<\/mark>/).entries()) {
    const plain = unescapeHtml(part);
    if (at % 2 === 1) marks.push({ start: text.length, end: text.length + plain.length });
    text += plain;
  }
  if (passage === text) return { text, marks, cutBefore: false, cutAfter: false };
  const cutBefore = !passage.startsWith(text.slice(0, -1));
  const cutAfter = !passage.endsWith(text.slice(1));
  const lead = cutBefore ? 1 : 0;
  expect([cutBefore && text[0], cutAfter && text.at(-1)]).toEqual([cutBefore && '…', cutAfter && '…']);
  return {
    text: text.slice(lead, text.length - (cutAfter ? 1 : 0)),
    marks: marks.map(({ start, end }) => ({ start: start - lead, end: end - lead })),
    cutBefore,
    cutAfter,
  };
}

const word = fc.constantFrom(
  ...[
    'cache',
    'Caches',
    'plugin',
    'wp-content',
    'the',
    'a',
    "don't",
    'functions.php',
    'update',
    'R&D',
    '<b>',
    '"quoted"',
  ],
  ...[
    '東京都の検索',
    '設定を更新する。',
    '👩‍👩‍👧',
    '😀😀😀',
    'e\u0301te\u0301',
    'การค้นหา',
    'an-extraordinarily-long-hyphenated-name.example.com',
  ],
);
const glue = fc.constantFrom(' ', ' ', ' ', '. ', '\n', '', ', ');
const passages = fc
  .array(fc.tuple(word, glue), { minLength: 1, maxLength: 120 })
  .map((parts) => parts.flat().join('').trim());
const weightTable = fc
  .uniqueArray(fc.tuple(word, fc.integer({ min: 1, max: 50 })), { maxLength: 6, selector: ([name]) => name })
  .map(
    (terms) => new Map(terms.flatMap(([name, weight]) => analyzer.terms(name).map((term) => [term, weight] as const))),
  );
const charsMax = fc.integer({ min: 40, max: 200 });

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const weigh = (terms: Iterable<string>, weights: ReadonlyMap<string, number>): number =>
  [...new Set(terms)].reduce((sum, term) => sum + weights.get(term)!, 0);

describe('a snippet', () => {
  it('is a stretch of the passage within its length, with nothing but marks and escapes added', () => {
    fc.assert(
      fc.property(passages, weightTable, charsMax, (passage, weights, most) => {
        const { text, cutBefore, cutAfter } = read(snippetOf(passage, analyzer, { charsMax: most, weights }), passage);
        expect(passage).toContain(text);
        expect(text.length).toBeLessThanOrEqual(most);
        expect(text.length).toBeGreaterThan(0);
        expect(cutBefore || cutAfter).toBe(passage.length > text.length);
        if (passage.length <= most) expect(text).toBe(passage);
      }),
      runs(100),
    );
  });

  it('holds terms as heavy as the heaviest stretch of seven tenths of its length, taken by brute force', () => {
    fc.assert(
      fc.property(passages, weightTable, charsMax, (passage, weights, most) => {
        const matches = analyzer.spans(passage).filter(({ term }) => weights.has(term));
        const reach = Math.floor(most * MATCHES_SHARE);
        const stretches = matches.map(({ start }) =>
          weigh(
            matches.filter((one) => one.start >= start && one.end <= start + reach).map(({ term }) => term),
            weights,
          ),
        );
        const html = snippetOf(passage, analyzer, { charsMax: most, weights });
        const marked = html.split(/<mark>|<\/mark>/).filter((_, at) => at % 2 === 1);
        // A mark may join several matches: its own analysis names them all, and maybe more, so only known ones count.
        const shown = marked.flatMap((part) => analyzer.terms(unescapeHtml(part)).filter((term) => weights.has(term)));
        expect(weigh(shown, weights)).toBeGreaterThanOrEqual(Math.max(0, ...stretches));
      }),
      runs(100),
    );
  });

  it('marks every whole match in the window and nothing else, in marks that neither touch nor overlap', () => {
    fc.assert(
      fc.property(passages, weightTable, charsMax, (passage, weights, most) => {
        const { text, marks } = read(snippetOf(passage, analyzer, { charsMax: most, weights }), passage);
        const starts = [...passage.matchAll(new RegExp(`(?=${literal(text)})`, 'g'))].map(({ index }) => index);
        const matches = analyzer.spans(passage).filter(({ term }) => weights.has(term));
        const expected = starts.map((from) => {
          const covered = new Array<boolean>(text.length).fill(false);
          for (const { start, end } of matches) {
            if (start >= from && end <= from + text.length) covered.fill(true, start - from, end - from);
          }
          return covered;
        });
        const actual = new Array<boolean>(text.length).fill(false);
        for (const { start, end } of marks) actual.fill(true, start, end);
        expect(expected).toContainEqual(actual);
        for (let at = 1; at < marks.length; at++) expect(marks[at]!.start).toBeGreaterThan(marks[at - 1]!.end);
      }),
      runs(100),
    );
  });

  it('never parts what a reader sees as one character', () => {
    const joined = fc.array(fc.constantFrom('👩‍👩‍👧', '😀', '東', 'é', 'e\u0301', '🇩🇪', '検索', 'कि'), {
      minLength: 60,
      maxLength: 120,
    });
    const characters = new Intl.Segmenter('und', { granularity: 'grapheme' });
    fc.assert(
      fc.property(joined, charsMax, fc.constantFrom('検索', '東', 'none'), (parts, most, query) => {
        const passage = parts.join('');
        const weights = new Map(analyzer.terms(query).map((term) => [term, 1]));
        const { text, cutBefore } = read(snippetOf(passage, analyzer, { charsMax: most, weights }), passage);
        const boundaries = new Set([...characters.segment(passage)].map(({ index }) => index).concat(passage.length));
        const starts = cutBefore
          ? [...passage.matchAll(new RegExp(`(?=${literal(text)})`, 'g'))].map(({ index }) => index)
          : [0];
        expect(starts.some((at) => boundaries.has(at) && boundaries.has(at + text.length))).toBe(true);
      }),
    );
  });
});

describe('the window', () => {
  const settings = (terms: Record<string, number>, most = 60) => ({
    charsMax: most,
    weights: new Map(Object.entries(terms).map(([term, weight]) => [analyzer.terms(term)[0]!, weight])),
  });
  const filler = 'Nothing to see in this sentence at all. '.repeat(5);

  it('begins with the sentence of the first match and ends with a whole word', () => {
    const passage = `${filler}Clear the cache after an update of the theme, not before you tried. ${filler}`;
    expect(snippetOf(passage, analyzer, settings({ cache: 1, update: 1 }))).toBe(
      '…Clear the <mark>cache</mark> after an <mark>update</mark> of the theme, not before you…',
    );
  });

  it('prefers two different terms to one term many times', () => {
    const passage = `cache cache cache cache. ${filler} A cache without a plugin. ${filler}`;
    expect(snippetOf(passage, analyzer, settings({ cache: 2, plugin: 1 }))).toContain(
      'A <mark>cache</mark> without a <mark>plugin</mark>',
    );
  });

  it('keeps a match that ends where the window ends, though its word goes on', () => {
    const passage = `${'x'.repeat(30)} ${'y'.repeat(12)} cache ${'z'.repeat(8)}-${'q'.repeat(8)} update,${'w'.repeat(80)}`;
    const html = snippetOf(passage, analyzer, settings({ cache: 1, update: 1 }, 60));
    expect(html).toContain('<mark>cache</mark>');
    expect(html).toContain('<mark>update</mark>');
  });

  it('is filled from before where the passage ends soon after the match', () => {
    const passage = `${filler}One more sentence. Now clear the cache.`;
    expect(snippetOf(passage, analyzer, settings({ cache: 1 }))).toBe(
      '…One more sentence. Now clear the <mark>cache</mark>.',
    );
  });

  it('is the beginning where nothing matches, and the whole of a short or empty passage', () => {
    expect(snippetOf(filler, analyzer, settings({ cache: 1 }))).toBe(
      'Nothing to see in this sentence at all. Nothing to see in…',
    );
    expect(snippetOf('Short & sweet', analyzer, settings({ sweet: 1 }))).toBe('Short &amp; <mark>sweet</mark>');
    expect(snippetOf('', analyzer, settings({ sweet: 1 }))).toBe('');
  });

  it('makes one mark of overlapping bigrams', () => {
    const weights = new Map(analyzer.terms('検索機能').map((term) => [term, 1]));
    expect(snippetOf('この検索機能は速い', analyzer, { charsMax: 60, weights })).toBe(
      'この<mark>検索機能</mark>は速い',
    );
  });
});

describe('telling terms', () => {
  it('are those with at least a fifth of the weight of the heaviest', () => {
    const weights = new Map([
      ['the', 0.02],
      ['site', 1],
      ['blank', 5],
      ['after', 0.99],
    ]);
    expect([...tellingTerms(weights).keys()]).toEqual(['site', 'blank']);
  });

  it('are all where all weigh little, and none where there are none', () => {
    expect(
      tellingTerms(
        new Map([
          ['to', 0.01],
          ['be', 0.02],
        ]),
      ).size,
    ).toBe(2);
    expect(tellingTerms(new Map()).size).toBe(0);
  });
});
