import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { answerCapacity } from '../../../../ops/capacity/answer.ts';
import type { Random } from '../../../../ops/capacity/random.ts';
import { svgOf } from '../../../../ops/capacity/report/chart.ts';
import { markdownOf } from '../../../../ops/capacity/report/markdown.ts';
import { plotsOf } from '../../../../ops/capacity/report/plots.ts';
import { linearScale, logScale } from '../../../../ops/capacity/report/scale.ts';
import { simulatedLoad } from '../load/loads.ts';

const setup = {
  workers: 2,
  batchMax: 16,
  serviceMs: (random: Random) => 20 + random.next() * 100,
  requests: 1000,
  seed: 2,
};
const answer = answerCapacity({
  loads: [2, 5, 10, 20, 40].map((rate) => simulatedLoad(rate, setup)),
  thresholdMs: 800,
  workers: 2,
  batchMax: 16,
  nowPerSecond: 3,
  seed: 1,
});

/** Every number that is drawn, by the element and attribute that it stands in; throws where the document is malformed. */
function parsed(svg: string): { readonly texts: string[]; readonly elements: string[]; readonly numbers: number[] } {
  const texts: string[] = [];
  const elements: string[] = [];
  const numbers: number[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('text', (text) => texts.push(text));
  parser.on('opentag', ({ name, attributes }) => {
    elements.push(name);
    for (const [key, value] of Object.entries(attributes))
      if (['x', 'y', 'width', 'height', 'd', 'transform'].includes(key))
        numbers.push(...(String(value).match(/-?[\d.]+|NaN|Infinity/g) ?? []).map(Number));
  });
  parser.write(svg).close();
  return { texts, elements, numbers };
}

describe('drawings', () => {
  it.each(Object.entries(plotsOf(answer)))(
    'of %s are well-formed, say what they show, and draw nothing outside',
    (_, svg) => {
      const { texts, elements, numbers } = parsed(svg!);
      expect(elements.filter((name) => name === 'title' || name === 'desc')).toHaveLength(2);
      expect(elements).not.toContain('script');
      expect(texts.join('\n')).toMatch(/prefers-color-scheme:dark/);
      expect(numbers.every((one) => Number.isFinite(one) && Math.abs(one) <= 760)).toBe(true);
      expect(texts.some((text) => /requests\/s|in the system/.test(text))).toBe(true);
    },
  );

  it('of what is awkward are well-formed too: names with markup, one point, latencies beyond the scale', () => {
    const { texts } = parsed(
      svgOf({
        title: 'a < b & "c"',
        description: '<script>',
        x: { label: 'x', scale: linearScale(3) },
        y: { label: 'y', scale: logScale(1, 10) },
        series: [{ name: '<&>', tone: 3, kind: 'line_and_marks', points: [[1, 1e9]] }],
        guides: [{ name: 'g', axis: 'x', at: 99, band: [98, 100] }],
      }),
    );
    expect(texts).toContain('a < b & "c"');
    expect(texts).toContain('<&>');
  });

  it('have scales whose ticks rise, hold both ends, and lie where their values do', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1e6, noNaN: true }),
        fc.double({ min: 1.01, max: 1e5, noNaN: true }),
        (low, factor) => {
          for (const scale of [linearScale(low), logScale(low, low * factor)]) {
            expect(scale.ticks.length).toBeGreaterThanOrEqual(2);
            expect(scale.ticks.length).toBeLessThan(20);
            expect([...scale.ticks].sort((a, b) => a - b)).toEqual(scale.ticks);
            expect(scale.at(scale.ticks[0]!)).toBeCloseTo(0, 9);
            expect(scale.at(scale.ticks.at(-1)!)).toBeCloseTo(1, 9);
          }
          expect(logScale(low, low * factor).low).toBeLessThanOrEqual(low);
          expect(logScale(low, low * factor).high).toBeGreaterThanOrEqual(low * factor);
          expect(linearScale(low).high).toBeGreaterThanOrEqual(low * 0.999999);
        },
      ),
    );
  });
});

describe('the report', () => {
  const report = {
    sweep: null,
    logs: [],
    answer,
    check: { perSecond: 20, seconds: 30, requests: 600, failed: 0, p95Ms: 840, low: 700, high: 900 },
  };

  it('answers the four questions first, each with its number', () => {
    const text = markdownOf(report);
    const answers = text.slice(0, text.indexOf('## Loads'));
    expect(answers).toMatch(/p95 reaches 800 ms at [\d.]+ requests\/s\*\* \[[\d.]+, [\d.]+\]/);
    expect(answers).toMatch(/Headroom \d+ %/);
    expect(answers).toMatch(/workers saturate first\*\*, at [\d.]+ requests\/s, 75 % of their time in stage `rerank`/);
    expect(answers).toMatch(/One more core, with a worker on it: [\d.]+ requests\/s/);
    expect(answers).toContain('gave p95 840 ms [700, 900], where 800 ms was predicted (+5 %)');
  });

  it('has as many cells in each row of a table as in its head', () => {
    const rows = markdownOf(report)
      .split('\n\n')
      .flatMap((part) =>
        part
          .split('\n')
          .filter((line) => line.startsWith('|'))
          .map((line, _, all) => [line.split('|').length, all[0]!.split('|').length]),
      );
    expect(rows.length).toBeGreaterThan(8);
    for (const [cells, head] of rows) expect(cells).toBe(head);
  });

  it('of logs under one load says so instead of guessing', () => {
    expect(markdownOf({ sweep: null, logs: [], answer: null, check: null })).toContain('recorded under one load');
  });
});
