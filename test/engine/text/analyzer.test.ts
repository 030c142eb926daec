import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANALYSIS_VERSION, createAnalyzer, supportedLanguages } from '../../../engine/text/index.ts';
import { runs } from '../../support/runs.ts';

const analyzers = new Map([...supportedLanguages, 'th', 'und'].map((language) => [language, createAnalyzer(language)]));
const terms = (language: string, text: string): string[] => analyzers.get(language)!.terms(text);

describe('words', () => {
  it('meet in one term whatever their case, accents, apostrophes or width', () => {
    for (const [language, words] of [
      ['en', "Café café CAFE cafe\u0301 ＣＡＦÉ café's café’s"],
      ['de', 'Straße STRASSE straße Stra\u00ADße strasse'],
      ['de', 'Häuser Haus HÄUSER Ha\u0308user Haeuser'],
      ['es', 'Canción canciones CANCIÓN cancion'],
      ['ru', 'Ёлка ёлка елка ЕЛКА'],
      ['tr', 'İstanbul istanbul ISTANBUL'],
      ['el', 'Σίσυφος ΣΊΣΥΦΟΣ σισυφοσ'],
      ['ja', 'ラーメン ﾗｰﾒﾝ'],
      ['ro', 'instalaţie instalație'],
    ] as const) {
      const analyzer = createAnalyzer(language);
      const found = words.split(' ').map((word) => analyzer.terms(word).join('+'));
      expect([...new Set(found)], words).toHaveLength(1);
    }
  });

  it('are stemmed by the rules of their language', () => {
    expect(terms('en', 'installing plugins')).toEqual(['instal', 'plugin']);
    expect(terms('de', 'Einstellungen ändern')).toEqual(['einstell', 'and']);
    expect(terms('ru', 'настройки плагинов')).toEqual(['настройк', 'плагин']);
    expect(terms('und', 'installing plugins')).toEqual(['installing', 'plugins']);
  });

  it('keep letters that are no accented ones in their script', () => {
    expect(terms('ru', 'йод')).toEqual(['йод']);
    expect(terms('ja', 'が')).toEqual(['が']);
    expect(terms('ja', 'か\u3099')).toEqual(['が']);
  });

  it('part at elisions, but not at English contractions', () => {
    expect(terms('fr', "l'été")).toEqual(['l', 'ete']);
    expect(terms('en', "don't")).toEqual(['dont']);
  });

  it('are pairs and single Han characters where no spaces part them, dictionary words in Thai', () => {
    expect(terms('ja', '東京都')).toEqual(['東', '東京', '京', '京都', '都']);
    expect(terms('ja', 'テーマ')).toEqual(['テー', 'ーマ']);
    expect(terms('zh', '主题 WordPress')).toEqual(['主', '主题', '题', 'wordpress']);
    expect(terms('zh', '𠀀𠀁')).toEqual(['𠀀', '𠀀𠀁', '𠀁']);
    expect(terms('ko', '테마')).toEqual(['테마']);
    expect(terms('th', 'สวัสดีชาวโลก')).toEqual(['สวัสดี', 'ชาว', 'โลก']);
  });
});

describe('identifiers', () => {
  it.each([
    ['wp_query', ['wp_query', 'wp', 'queri']],
    ['WP_MEMORY_LIMIT', ['wp_memory_limit', 'wp', 'memori', 'limit']],
    ['wp-config.php', ['wp-config.php', 'wp', 'config', 'php']],
    ['functions.php', ['functions.php', 'function', 'php']],
    ['WP_Query::get_posts()', ['wp_query', 'wp', 'queri', 'get_posts', 'get', 'post']],
    ['me@example.com', ['me@example.com', 'me', 'exampl', 'com']],
    ['__construct', ['construct']],
    ['C++', ['c++', 'c']],
    ['C#', ['c#', 'c']],
    ['3.14', ['3.14']],
    ['6.4.2', ['6.4.2']],
    ['1,000,000', ['1000000']],
    ['U.S.A.', ['usa']],
    ['wi-fi', ['wifi', 'wi', 'fi']],
    ['e-mails', ['email', 'e', 'mail']],
    ['the end.Next', ['the', 'end', 'next']],
    ['$wpdb', ['wpdb']],
    ['utf8mb4', ['utf8mb4']],
  ])('%s gives %j', (text, expected) => {
    expect(terms('en', text)).toEqual(expected);
  });

  it('cannot make terms longer than 64 or parts without end', () => {
    const long = terms('en', `${'x'.repeat(1000)} ${'a_'.repeat(1000)}a ${'𝐀'.repeat(500)}`);
    for (const term of long) {
      expect(term.length).toBeLessThanOrEqual(64);
      expect(term).not.toMatch(/\p{Surrogate}/u);
    }
    expect(terms('en', 'a.'.repeat(1000))).not.toContain('a.'.repeat(1000));
  });
});

describe('for any text in any language', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc
      .array(
        fc.constantFrom(
          'wp',
          '_',
          '-',
          '.',
          "'",
          '’',
          '@',
          'ß',
          'İ',
          '東京',
          'ラ',
          'ﾞ',
          '\u0301',
          '\u200d',
          '\ud800',
          ' ',
          ',',
          '000',
          '++',
          '#',
          'ไทย',
          'А',
          '한국',
          '𠀀',
        ),
        { maxLength: 40 },
      )
      .map((parts) => parts.join('')),
  );
  const language = fc.constantFrom(...analyzers.keys());

  it('terms and spans agree, and spans lie in order inside the text', () => {
    fc.assert(
      fc.property(text, language, (input, code) => {
        const analyzer = analyzers.get(code)!;
        const spans = analyzer.spans(input);
        expect(spans.map(({ term }) => term)).toEqual(analyzer.terms(input));
        let previous = 0;
        for (const { term, start, end } of spans) {
          expect(term).not.toBe('');
          expect(term).not.toMatch(/\s/);
          expect(term.length).toBeLessThanOrEqual(64);
          expect(start).toBeLessThan(end);
          expect(end).toBeLessThanOrEqual(input.length);
          expect(start).toBeGreaterThanOrEqual(previous - 128);
          previous = start;
        }
      }),
      runs(400),
    );
  });

  it('a warm cache gives what a cold one gives', () => {
    fc.assert(
      fc.property(text, language, (input, code) => {
        expect(createAnalyzer(code).terms(input)).toEqual(analyzers.get(code)!.terms(input));
      }),
    );
  });

  it('what stands before and after a space does not change what is found', () => {
    fc.assert(
      fc.property(text, text, language, (left, right, code) => {
        const analyzer = analyzers.get(code)!;
        expect(analyzer.terms(`${left} ${right}`)).toEqual([...analyzer.terms(left), ...analyzer.terms(right)]);
      }),
    );
  });
});

it('describes itself for the manifest, regions and case of the language set aside', () => {
  expect(createAnalyzer('de-AT').describe()).toEqual({
    version: ANALYSIS_VERSION,
    language: 'de',
    unicode: process.versions['unicode'],
  });
});
