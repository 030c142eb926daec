import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type BenchResult,
  compare,
  hashOf,
  median,
  percentile,
  Rounds,
  ratio,
  readResult,
  writeReport,
  writeResult,
} from '../../bench/harness/index.ts';

const resultWith = (ratios: BenchResult['ratios'], change: Partial<BenchResult> = {}): BenchResult => ({
  name: 'serving',
  smoke: false,
  about: ['What is measured.'],
  machine: {
    cpu: 'A processor',
    cores: 2,
    memoryBytes: 2 ** 33,
    kernel: '6.1',
    node: 'v20.20.2',
    date: '2026-11-23T00:00:00.000Z',
    loadBefore: [0.1, 0.2, 0.3],
  },
  parameters: { seconds: 3, connections: [1, 8] },
  seconds: 12.5,
  workSha256: 'a'.repeat(64),
  measures: [
    { subject: 'bm25 warm', condition: '8 connections', metric: 'requests/s', median: 12345.6, rounds: [12345.6] },
    { subject: 'bm25 warm', condition: '8 connections', metric: 'p50 ms', median: 0.01234, rounds: [0.01234] },
    { subject: 'echo', condition: '8 connections', metric: 'requests/s', median: 50000, rounds: [50000] },
  ],
  ratios,
  ...change,
});

const one = (name: string, rounds: number[], better: 'higher' | 'lower' = 'higher') => ({
  name,
  better,
  median: median(rounds),
  rounds,
});

describe('rounds', () => {
  test('median and percentile agree with counting: half, or the share, is at or below', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, share) => {
          const sorted = [...values].sort((a, b) => a - b);
          const at = percentile(sorted, share);
          expect(values.filter((value) => value <= at).length).toBeGreaterThanOrEqual(share * values.length);
          expect(values.filter((value) => value < at).length).toBeLessThan(share * values.length);
          const middle = median(values);
          expect(values.filter((value) => value <= middle).length * 2).toBeGreaterThanOrEqual(values.length);
          expect(values.filter((value) => value >= middle).length * 2).toBeGreaterThanOrEqual(values.length);
        },
      ),
    );
  });

  test('a ratio is taken within each round, not between medians', () => {
    const rounds = new Rounds();
    const above = { subject: 'served', condition: 'x' };
    const below = { subject: 'raw', condition: 'x' };
    for (const [served, raw] of [
      [10, 100],
      [5, 10],
      [60, 100],
    ] as const) {
      rounds.add(above, { 'requests/s': served });
      rounds.add(below, { 'requests/s': raw });
    }
    const share = ratio('share', rounds.of(above, 'requests/s'), rounds.of(below, 'requests/s'));
    expect(share.rounds).toEqual([0.1, 0.5, 0.6]);
    expect(share.median).toBe(0.5);
    expect(rounds.measures().map(({ median: middle }) => middle)).toEqual([10, 100]);
    expect(() => ratio('share', [1, 2], [1])).toThrow('Rounds differ: share: 2 and 1');
  });

  test('the hash of the work changes with its values and with their order', () => {
    expect(hashOf([1, 'a'])).toBe(hashOf([1, 'a']));
    expect(new Set([hashOf([1, 'a']), hashOf(['a', 1]), hashOf([1, 'b'])]).size).toBe(3);
  });
});

describe('compare', () => {
  const judged = (before: BenchResult['ratios'][number], after: BenchResult['ratios'][number]) =>
    compare(resultWith([before]), resultWith([after]));

  test('a change within the band is the same, beyond it worse or better, whichever direction is good', () => {
    expect(judged(one('r', [1]), one('r', [0.91])).ratios[0]!.verdict).toBe('same');
    expect(judged(one('r', [1]), one('r', [0.89])).ratios[0]!.verdict).toBe('worse');
    expect(judged(one('r', [1]), one('r', [1.2])).ratios[0]!.verdict).toBe('better');
    expect(judged(one('m', [1], 'lower'), one('m', [1.2], 'lower')).regressed).toBe(true);
    expect(judged(one('m', [1], 'lower'), one('m', [0.8], 'lower')).regressed).toBe(false);
  });

  test('a ratio that scatters widely is given half its range, on either side', () => {
    const wide = [0.7, 1, 1.3];
    expect(judged(one('r', wide), one('r', [0.75])).ratios[0]).toMatchObject({ verdict: 'same' });
    expect(
      judged(
        one('r', [0.75]),
        one(
          'r',
          wide.map((value) => value * 0.6),
        ),
      ).regressed,
    ).toBe(false);
    expect(judged(one('r', wide), one('r', [0.65])).regressed).toBe(true);
  });

  test('a ratio that is gone is a regression, a new one is not', () => {
    const comparison = compare(resultWith([one('old', [1])]), resultWith([one('new', [1])]));
    expect(comparison.ratios.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['old', 'gone'],
      ['new', 'new'],
    ]);
    expect(comparison.regressed).toBe(true);
    expect(compare(resultWith([]), resultWith([one('new', [1])])).regressed).toBe(false);
  });

  test.each([
    ['name', { name: 'memory' }],
    ['parameters', { parameters: { seconds: 1 } }],
    ['workSha256', { workSha256: 'b'.repeat(64) }],
  ] as const)('another %s is refused, not compared', (field, change) => {
    expect(() => compare(resultWith([]), resultWith([], change))).toThrow(
      expect.objectContaining({ code: 'source_invalid', place: expect.objectContaining({ field }) }),
    );
  });
});

describe('results on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wp-chat-results-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('what is written is read back', () => {
    const result = resultWith([one('r', [0.5, 0.6])]);
    const file = join(folder, 'deep/serving.json');
    writeResult(file, result);
    expect(readResult(file)).toEqual(result);
  });

  test('a file that is missing, no JSON or of another shape is refused with its path', () => {
    const file = join(folder, 'x.json');
    expect(() => readResult(file)).toThrow(expect.objectContaining({ code: 'source_unreadable' }));
    writeFileSync(file, '{');
    expect(() => readResult(file)).toThrow(expect.objectContaining({ code: 'source_invalid' }));
    writeFileSync(file, JSON.stringify({ ...resultWith([]), ratios: 'none' }));
    expect(() => readResult(file)).toThrow(
      expect.objectContaining({ place: expect.objectContaining({ field: 'ratios', file }) }),
    );
  });

  test('the report has a row a subject, a column a metric, and says of a smoke run that it measured nothing', () => {
    writeResult(join(folder, 'serving.json'), resultWith([one('bm25 / echo', [0.2, 0.25, 0.3])]));
    writeFileSync(join(folder, 'quality.json'), '{}');
    writeResult(join(folder, 'memory.json'), resultWith([], { name: 'memory', smoke: true }));
    const report = readFileSync(writeReport(folder, ['serving', 'memory', 'micro']), 'utf8');
    expect(report).toContain('| subject | condition | requests/s | p50 ms |');
    expect(report).toContain('| bm25 warm | 8 connections | 12346 | 0.0123 |');
    expect(report).toContain('| echo | 8 connections | 50000 |  |');
    expect(report).toContain('| bm25 / echo | 0.25 | [0.2, 0.3] | higher |');
    expect(report).toContain('## memory (smoke run: it ran, and measured nothing)');
  });

  test('a folder without any of the results is refused', () => {
    expect(() => writeReport(folder, ['serving'])).toThrow(expect.objectContaining({ code: 'source_unreadable' }));
  });
});
