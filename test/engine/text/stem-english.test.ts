import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stemmer as stemGerman } from '@orama/stemmers/german';
import { stemmer as stemRussian } from '@orama/stemmers/russian';
import { stemmer as stemSpanish } from '@orama/stemmers/spanish';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { stemEnglish } from '../../../engine/text/stem-english.ts';

describe('stemming', () => {
  it('gives the stems of the official English algorithm', () => {
    const lines = readFileSync(join(packageRoot, 'test/fixtures/text/stems-en.tsv'), 'utf8').trim().split('\n');
    expect(lines.length).toBeGreaterThan(1500);
    const different = lines
      .map((line) => line.split('\t') as [string, string])
      .filter(([word, stem]) => stemEnglish(word) !== stem)
      .map(([word, stem]) => `${word}: ${stemEnglish(word)} instead of ${stem}`);
    expect(different).toEqual([]);
  });

  it('relies on stemmers of other languages that agree with the official algorithms', () => {
    expect(['häuser', 'aufeinanderfolgenden', 'kategorien'].map(stemGerman)).toEqual([
      'haus',
      'aufeinanderfolg',
      'kategori',
    ]);
    expect(['cheques', 'torneados', 'aplicaciones'].map(stemSpanish)).toEqual(['chequ', 'torn', 'aplic']);
    expect(['вагонами', 'полночный', 'настройки'].map(stemRussian)).toEqual(['вагон', 'полночн', 'настройк']);
  });
});
