import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';

/** The modules of the page have no declarations: what they promise is checked here by value. */
const load = (name: string) => import(/* @vite-ignore */ pathToFileURL(join(packageRoot, 'ops/dashboard', name)).href);
const figures = await load('figures.js');
const { Points } = await load('points.js');
const { readSnapshot } = await load('reading.js');

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('figures', () => {
  it.each([
    ['decimal', 0, '0'],
    ['decimal', 0.000123, '0.00012'],
    ['decimal', 2.4, '2.40'],
    ['decimal', 41.26, '41.3'],
    ['decimal', 1_234_567.8, '1,234,568'],
    ['decimal', -1234, '-1,234'],
    ['rate', 214, '214/s'],
    ['ms', 8.25, '8.25 ms'],
    ['ms', 2410, '2,410 ms'],
    ['ms', 12_400, '12.4 s'],
    ['ms', null, '–'],
    ['percent', 63.04, '63.0 %'],
    ['percent', 100, '100 %'],
    ['share', 0.415, '41.5 %'],
    ['share', null, '–'],
    ['target', 99.5, '99.5 %'],
    ['bytes', 0, '0 B'],
    ['bytes', 1023, '1,023 B'],
    ['bytes', 47_340_112, '45.1 MiB'],
    ['bytes', 2 ** 31, '2 GiB'],
    ['duration', 0.4, '0 s'],
    ['duration', 74, '1 min 14 s'],
    ['duration', 3600, '1 h'],
    ['duration', 280_000, '3 d 5 h'],
    ['duration', -3, '0 s'],
    ['times', 0.31, '0.31×'],
  ])('%s(%d) is %s', (name, value, text) => {
    expect(plain(figures[name](value))).toBe(text);
  });

  it('reads names as words', () => {
    expect(figures.words('high_error_rate')).toBe('high error rate');
    expect(figures.words('memoryGrowth')).toBe('memory growth');
  });

  it('never rounds an attained objective up', () => {
    expect(plain(figures.attained(99.9999))).toBe('99.999 %');
    expect(plain(figures.attained(100))).toBe('100 %');
    expect(plain(figures.attained(99.5))).toBe('99.500 %');
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (value) => {
        expect(Number.parseFloat(figures.attained(value))).toBeLessThanOrEqual(value + 1e-8);
      }),
      { seed: 4 },
    );
  });
});

interface Row {
  readonly timeS: number;
  readonly value: number | null;
}

describe('points', () => {
  it('holds the last ones, in order, with a break where seconds are missing', () => {
    const steps = fc.array(fc.record({ gapS: fc.integer({ min: -2, max: 5 }), value: fc.option(fc.integer()) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 20 }), (rows, max) => {
        const points = new Points(['value'], max, 1);
        const expected: Row[] = [];
        let timeS = 1000;
        for (const { gapS, value } of rows) {
          timeS += gapS;
          points.append(timeS, { value });
          const last = expected.at(-1)?.timeS ?? Number.NEGATIVE_INFINITY;
          if (timeS <= last) continue;
          if (timeS - last > 1.5 && expected.length > 0) expected.push({ timeS: last + 1, value: null });
          expected.push({ timeS, value });
        }
        const kept = expected.slice(-max);
        expect(points.times).toEqual(kept.map((row) => row.timeS));
        expect(points.columns.value).toEqual(kept.map((row) => row.value));
      }),
      { seed: 4 },
    );
  });

  it('does not grow over a day of seconds', () => {
    const points = new Points(['one', 'other'], 301, 1);
    for (let timeS = 0; timeS < 86_400; timeS++) points.append(timeS, { one: timeS, other: null });
    expect(points.times.length).toBe(301);
    expect(points.columns.one.length).toBe(301);
    expect(points.columns.one.at(-1)).toBe(86_399);
  });
});

describe('reading', () => {
  it('takes nothing for a snapshot that is none', () => {
    for (const data of ['', '{', 'null', '[]', '7', '{}', '{"timeMs":1,"step":1}', '"text"'])
      expect(readSnapshot(data)).toBe(null);
    fc.assert(
      fc.property(fc.json(), (data) => {
        expect(readSnapshot(data)).toBe(null);
      }),
      { seed: 4 },
    );
  });
});
