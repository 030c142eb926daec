import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../../engine/package-root.ts';
import { Buckets, readLog } from '../../../../ops/capacity/hlog/index.ts';
import { Counts } from '../../../../ops/metrics/counts.ts';
import { toHlogField } from '../../../../ops/metrics/hdr-bytes.ts';
import { highestAt, indexOf } from '../../../../ops/metrics/layout.ts';
import { encodeCounts } from '../../../../ops/metrics/sparse.ts';
import { scratchFolder } from '../../../support/scratch.ts';
import { javaMissing, javaSummary } from './java.ts';

const logs = join(packageRoot, '../shared/conformance/hdrhistogram');
const LOGS = [
  ['jHiccup-2.0.1.logV0.hlog', null, 81, 61256],
  ['jHiccup-2.0.6.logV1.hlog', null, 88, 65964],
  ['jHiccup-2.0.7S.logV2.hlog', null, 62, 48761],
  ['tagged-Log.logV2.hlog', null, 21, 16145],
  ['tagged-Log.logV2.hlog', 'A', 21, 16145],
] as const;

const of = (...values: readonly number[]): string => {
  const counts = new Counts();
  for (const value of values) counts.addAt(indexOf(value), 1);
  return toHlogField(encodeCounts(counts.dense));
};

async function read(...lines: readonly string[]) {
  const file = join(scratchFolder(), 'some.hlog');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return readLog(file);
}

describe.skipIf(!existsSync(logs))('logs that Java tools wrote', () => {
  it.each(LOGS)('%s, tag %s: every interval and every event is read', async (name, tag, intervals, events) => {
    const log = await readLog(join(logs, name));
    const read = log.intervals.filter((one) => one.tag === (tag ?? ''));
    expect([read.length, Buckets.merged(read.map(({ values }) => values)).total]).toEqual([intervals, events]);
    expect([log.unitsPerMs, log.skippedCount]).toEqual([1e6, 0]);
  });

  if (javaMissing !== null) process.stderr.write(`Skipped: no comparison with Java: ${javaMissing}\n`);
  it.skipIf(javaMissing !== null).each(LOGS)(
    '%s, tag %s: each percentile is the one that Java prints',
    async (name, tag) => {
      const file = join(logs, name);
      const { intervals } = await readLog(file);
      const all = Buckets.merged(intervals.filter((one) => one.tag === (tag ?? '')).map(({ values }) => values));
      const java = javaSummary(file, 1, tag);
      expect(all.total).toBe(java.total);
      expect(all.max).toBe(java.max);
      // Java takes a bucket at its lower middle.
      expect(Math.abs(all.mean - java.mean)).toBeLessThan(1);
      expect(java.lines.length).toBeGreaterThan(40);
      for (const { value, percentile, count } of java.lines) {
        // Printed to twelve decimals: what the last of them hides is asked from below.
        if (percentile > 0) expect(all.atPercentile(percentile - 1e-9)).toBe(value);
        let upTo = 0;
        for (const bound of all.bounds) if (bound <= value) upTo += all.countAt(bound);
        expect(upTo).toBe(count);
      }
    },
  );

  it('stamps count from the start of the log where it says no other base', async () => {
    const log = await readLog(join(logs, 'jHiccup-2.0.7S.logV2.hlog'));
    expect(log.startS).toBe(1441812279.474);
    expect(log.intervals[0]).toMatchObject({ startS: 1441812279.474 + 0.127, lengthS: 1.007 });
  });
});

describe('a log', () => {
  it('of our own tags is read to the last count', async () => {
    const tag = 'total;/search;answered;none;done;control';
    const log = await read(
      '#[StartTime: 1795410000.000 (seconds since epoch)]',
      `Tag=${tag},1795410000.000,1.000,2.000,${of(1_000_000, 2_000_000, 2_000_000)}`,
    );
    const [interval] = log.intervals;
    expect(interval).toMatchObject({ tag, startS: 1795410000, lengthS: 1 });
    expect(interval!.values.bounds).toEqual(
      Float64Array.of(highestAt(indexOf(1_000_000)), highestAt(indexOf(2_000_000))),
    );
    expect(interval!.values.countAt(highestAt(indexOf(2_000_000)))).toBe(2);
    expect(log.unitsPerMs).toBe(1e6);
  });

  it.each([
    [
      '#[StartTime: 2000000000.5 (seconds since epoch)]',
      '#[BaseTime: 1999999990.0 (seconds since epoch)]',
      3,
      1999999993,
    ],
    [
      '#[StartTime: 2000000000.5 (seconds since epoch)]',
      '#[Basetime: 1999999990.0 (seconds since epoch)]',
      3,
      1999999993,
    ],
    ['#[StartTime: 2000000000.5 (seconds since epoch)]', '', 3, 2000000003.5],
    ['#[StartTime: 2000000000.5 (seconds since epoch)]', '', 2000000007, 2000000007],
    ['', '', 3, 3],
  ])('with %s and %s has an interval stamped %d at %d', async (start, base, stamp, expected) => {
    const log = await read(start, base, `${stamp},1.000,1.000,${of(1_000_000)}`);
    expect(log.intervals[0]!.startS).toBe(expected);
  });

  it('in microseconds, as hdr-histogram-js writes by default, says so by its maxima', async () => {
    const histogram = build({ numberOfSignificantValueDigits: 2 });
    for (const us of [900, 1500, 42_000]) histogram.recordValue(us);
    const log = await read(`0.000,1.000,42.000,${encodeIntoCompressedBase64(histogram)}`);
    expect(log.unitsPerMs).toBe(1000);
    expect(log.intervals[0]!.values.total).toBe(3);
  });

  it('with torn and foreign lines loses those alone, and names each by its line', async () => {
    const whole = of(1_000_000, 5_000_000);
    const damaged = Buffer.from(whole, 'base64');
    damaged[damaged.length - 3]! ^= 0xff;
    const log = await read(
      '#[StartTime: 1795410000.000 (seconds since epoch)]',
      `0.000,1.000,5.000,${whole}`,
      `1.000,1.000,5.000,${whole.slice(0, 20)}`,
      `2.000,1.000,5.000,${damaged.toString('base64')}`,
      'GET /search 200 13 ms',
      `-4.000,1.000,5.000,${whole}`,
      `5.000,-1.000,5.000,${whole}`,
      `6.000,1.000,5.000,${Buffer.from('nothing of the kind').toString('base64')}`,
      `7.000,1.000,5.000,${whole}`,
      `8.000,1.0`,
    );
    expect(log.intervals.map(({ startS }) => startS)).toEqual([1795410000, 1795410007]);
    expect(log.skippedCount).toBe(7);
    expect(log.skipped.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'The histogram is cut short'],
      [4, expect.stringContaining('damaged')],
      [5, expect.stringContaining('Not a line of an interval log: GET /search')],
      [6, 'A number from 0 expected: -4.000'],
      [7, 'A number from 0 expected: -1.000'],
      [8, expect.stringContaining('Not a compressed histogram')],
      [10, expect.stringContaining('Not a line')],
    ]);
  });

  it.each([
    ['is empty', '', 'it has no interval'],
    ['has a head only', '#[StartTime: 1.0 (seconds since epoch)]\n"StartTimestamp"\n', 'it has no interval'],
    ['is none', 'PK\u0003\u0004 \u0000\u0000 nonsense\n', 'none of 1 lines is an interval'],
  ])('that %s is refused', async (_, text, reason) => {
    const file = join(scratchFolder(), 'none.hlog');
    writeFileSync(file, text);
    await expect(readLog(file)).rejects.toMatchObject({
      code: 'source_invalid',
      message: expect.stringContaining(reason),
      place: { file, remedy: expect.any(String) },
    });
  });

  it('with a line that never ends is read in bounded memory', async () => {
    const file = join(scratchFolder(), 'long.hlog');
    writeFileSync(
      file,
      `0.000,1.000,1.000,${of(1_000_000)}\n${'x'.repeat(5 * 2 ** 20)}\n2.000,1.000,1.000,${of(1_000_000)}\n`,
    );
    const log = await readLog(file);
    expect(log.intervals).toHaveLength(2);
    expect(log.skipped).toEqual([{ line: 2, reason: expect.stringContaining('Longer than') }]);
    expect(readFileSync(file).length).toBeGreaterThan(5 * 2 ** 20);
  });
});
