import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { detectLanguage } from '../../../engine/text/index.ts';

const datasets = join(packageRoot, '../shared/datasets');
const present = existsSync(datasets);
if (!present) process.stderr.write(`No judged queries to detect: ${datasets}\n`);
const queries = (file: string): string[] =>
  readFileSync(join(datasets, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).text);
const share = (texts: readonly string[], test: (lang: string | undefined) => boolean): number =>
  texts.filter((text) => test(detectLanguage(text)?.lang)).length / texts.length;

describe('detecting a language', () => {
  it.each([
    ['en', 'How do I change the theme of my site?'],
    ['de', 'Wie kann ich das Design der Seite ändern?'],
    ['es', '¿Cómo puedo cambiar el tema de WordPress?'],
    ['fr', 'Comment installer un thème sur mon site'],
    ['it', 'come installare un plugin nel mio sito'],
    ['pt', 'Como instalar um plugin no meu site'],
    ['nl', 'hoe installeer ik een plugin op mijn site'],
    ['sv', 'hur installerar jag ett tillägg på min sida'],
    ['pl', 'jak zainstalować wtyczkę na mojej stronie'],
    ['tr', 'nasıl eklenti yüklenir ve bu site için'],
    ['ru', 'Как установить плагин на сайт?'],
    ['uk', 'Як встановити плагін на сайт?'],
    ['ja', 'テーマの変更'],
    ['ja', 'WordPressのテーマ'],
    ['zh', '如何设置主题'],
    ['ko', '플러그인 설치'],
    ['ar', 'كيف أثبت الإضافة'],
    ['el', 'Πώς εγκαθιστώ'],
  ])('says %s for: %s', (lang, text) => {
    expect(detectLanguage(text)?.lang).toBe(lang);
  });

  it.each([
    '',
    ' ',
    '42',
    'WordPress',
    'wp_query',
    'wp-config.php',
    'Größe',
    'de la soul',
    'los angeles',
    'die hard',
    '😀',
    '???',
  ])('says nothing about: %s', (text) => {
    expect(detectLanguage(text)).toBeNull();
  });

  it('is not misled by a foreign name in an English question', () => {
    expect(detectLanguage('What does 東京 mean and how is it written?')?.lang).toBe('en');
    expect(detectLanguage('what is the meaning of la casa de papel')?.lang).toBe('en');
  });

  it('never throws and never takes more than the beginning into account', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const found = detectLanguage(text);
        if (found !== null) expect(found.lang).toMatch(/^[a-z]{2}$/);
      }),
    );
    const beginning = 'Das ist der Anfang von einem langen Text. '.repeat(100);
    expect(detectLanguage(beginning + 'and this is not. '.repeat(100_000))?.lang).toBe('de');
  });

  it.skipIf(!present)('calls fewer than one English query in a hundred foreign', () => {
    const files = [
      'scifact/queries.jsonl',
      'cranfield/queries.jsonl',
      'query-logs/msmarco-passage-dev.jsonl',
      'query-logs/wordpress-stackexchange.jsonl',
    ];
    const english = files.flatMap(queries);
    expect(english.length).toBeGreaterThan(8000);
    expect(share(english, (lang) => lang !== undefined && lang !== 'en')).toBeLessThan(0.005);
  });

  it.skipIf(!present)('knows German and Japanese questions', () => {
    expect(share(queries('xquad-de/queries.jsonl'), (lang) => lang === 'de')).toBeGreaterThan(0.95);
    expect(share(queries('jsquad-ja/queries.jsonl'), (lang) => lang === 'ja')).toBeGreaterThan(0.99);
  });
});
