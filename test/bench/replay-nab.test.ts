import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { strangeness } from '../../bench/nab/anomaly.ts';
import { readCorpus } from '../../bench/nab/corpus.ts';
import { nabScore, probationRows, type ScoredSeries, type Weights } from '../../bench/nab/score.ts';
import { packageRoot } from '../../engine/package-root.ts';

const STANDARD: Weights = { truePositive: 1, falsePositive: 0.11, falseNegative: 1 };
const ROWS = 200;
const WINDOWS = [
  { first: 60, last: 79 },
  { first: 150, last: 169 },
];
const detecting = (...rows: number[]): ScoredSeries => {
  const scores = new Float64Array(ROWS);
  for (const row of rows) scores[row] = 1;
  return { windows: WINDOWS, scores };
};
const score = (...rows: number[]): number => nabScore([detecting(...rows)], STANDARD).normalised;

describe('the scoring of the benchmark', () => {
  test('finding every window at its first row is 100, finding nothing is 0', () => {
    expect(score(60, 150)).toBeCloseTo(100, 10);
    expect(score()).toBe(0);
  });

  test('one of two windows is half; a later detection is worth less, and only the best of a window counts', () => {
    expect(score(60)).toBeCloseTo(50, 10);
    expect(score(60, 61, 79)).toBeCloseTo(50, 10);
    const late = [60, 65, 70, 75, 79].map((row) => score(row));
    expect(late).toEqual(late.toSorted((a, b) => b - a));
    // The last row is worth sigmoid(−1/20) over sigmoid(−1), beside the 1 for not missing the window.
    const worth = (2 / (1 + Math.exp(-0.25)) - 1) / (2 / (1 + Math.exp(-5)) - 1);
    expect(score(79)).toBeCloseTo((100 * (1 + worth)) / 4, 10);
  });

  test('a false positive costs its weight, little just after a window, and nothing during the learning', () => {
    expect(probationRows(ROWS)).toBe(30);
    expect(score(60, 150, 10)).toBeCloseTo(100, 10);
    expect(score(60, 150, 40)).toBeCloseTo(100 - (100 * 0.11) / 4, 10);
    const justAfter = (2 / (1 + Math.exp(5 / 19)) - 1) * 0.11;
    expect(score(60, 150, 80)).toBeCloseTo(100 + (100 * justAfter) / 4, 10);
    expect(score(60, 150, 140)).toBeCloseTo(100 - (100 * 0.11) / 4, 10);
  });

  test('the threshold is the best for all series together', () => {
    const one = detecting(60, 150);
    const other = detecting(60, 150);
    (one.scores as Float64Array)[40] = 0.5;
    (other.scores as Float64Array)[40] = 0.5;
    const both = nabScore([one, other], STANDARD);
    expect(both).toMatchObject({ threshold: 1, windows: 4, windowsFound: 4, falsePositives: 0 });
    expect(both.normalised).toBeCloseTo(100, 10);
  });

  test('at most 750 rows are for learning', () => {
    expect([100, 5000, 20_000].map(probationRows)).toEqual([15, 750, 750]);
  });
});

describe('our score of a value', () => {
  const wave = Array.from({ length: 1000 }, (_, at) => Math.sin(at / 7) + Math.sin(at * 12.9898) / 5);

  test('is highest where a series leaves what it has ever done, in either direction', () => {
    for (const jump of [8, -8]) {
      const scores = strangeness(
        wave.map((value, at) => (at === 700 ? value + jump : value)),
        150,
      );
      expect(scores.indexOf(Math.max(...scores))).toBe(700);
      expect(scores[700]).toBeGreaterThan(1);
    }
  });

  test('knows nothing of what comes after, and nothing is strange while it learns', () => {
    const whole = strangeness(wave, 150);
    expect(strangeness(wave.slice(0, 500), 150)).toEqual(whole.slice(0, 500));
    expect(whole.slice(0, 150).every((one) => one === 0)).toBe(true);
  });
});

const archive = join(packageRoot, '../shared/conformance/nab/nab.tar.gz');
const absent = !existsSync(archive);
if (absent) process.stderr.write(`skipped: no ${archive}\n`);

test.skipIf(absent)(
  'the corpus: 58 series, 116 windows, three profiles; random scores come to what is published for them',
  () => {
    const { series, profiles } = readCorpus(archive);
    expect(series).toHaveLength(58);
    expect(series.flatMap(({ windows }) => windows)).toHaveLength(116);
    expect([...profiles.keys()]).toEqual(['standard', 'reward_low_FP_rate', 'reward_low_FN_rate']);
    let state = 1;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const scored = series.map(({ windows, values }) => ({ windows, scores: Float64Array.from(values, random) }));
    const { normalised } = nabScore(scored, profiles.get('standard')!);
    expect(normalised).toBeGreaterThan(7);
    expect(normalised).toBeLessThan(15);
  },
);
