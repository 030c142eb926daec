import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lastRecord } from '../../../ops/slo/index.ts';
import { scratchFolder } from '../../support/scratch.ts';

const line = (minute: number): string =>
  JSON.stringify({
    time: new Date(Date.UTC(2026, 0, 5, 12, minute)).toISOString(),
    intervalS: 60,
    endpoints: { '/search': { requests: 2, outcomes: { answered: 2 }, p50Ms: 1, p95Ms: 2, p99Ms: 2 } },
    objectives: [{ name: 'availability', good: minute, total: 100, budgetLeftPercent: -3.5 }],
  });

function recordIn(text: string) {
  const file = join(scratchFolder(), 'slo_metrics.jsonl');
  writeFileSync(file, text);
  return lastRecord(file);
}

describe('the last record of a log', () => {
  it('is its last line', () =>
    expect(recordIn(`${line(1)}\n${line(2)}\n`)).toMatchObject({
      record: {
        time: '2026-01-05T12:02:00.000Z',
        objectives: [{ name: 'availability', good: 2, total: 100, budgetLeftPercent: -3.5 }],
      },
      skippedLines: 0,
    }));

  it.each([
    ['torn', line(3).slice(0, 120)],
    ['of something else', '{"level":"info","time":"2026-01-05T12:03:00.000Z"}'],
    ['of zeros, as a power cut leaves them', '\0'.repeat(300)],
    ['without objectives', line(3).replace(/"objectives":\[.*\]/, '"objectives":[]')],
    ['with a count that is none', line(3).replace('"total":100', '"total":-1')],
  ])('is the line before one that is %s, which is counted', (_, wrong) =>
    expect(recordIn(`${line(1)}\n${wrong}\n${line(2)}\n${wrong}\n${wrong}`)).toMatchObject({
      record: { objectives: [{ good: 2 }] },
      skippedLines: 2,
    }),
  );

  it('is found at the end of a file of any size', () =>
    expect(recordIn(`${`${line(1)}\n`.repeat(20_000)}${line(2)}\n`)).toMatchObject({
      record: { objectives: [{ good: 2 }] },
      skippedLines: 0,
    }));

  it('is nothing where no line is one', () => {
    expect(recordIn('')).toMatchObject({ record: null, skippedLines: 0 });
    expect(recordIn('a\nb\n')).toMatchObject({ record: null, skippedLines: 2 });
  });
});
