import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exportHistograms, parseSelection, type Selection } from '../../../ops/exports/index.ts';
import { Counts } from '../../../ops/metrics/counts.ts';
import { toHlogField } from '../../../ops/metrics/hdr-bytes.ts';
import type { Interval } from '../../../ops/metrics/interval.ts';
import { HIGHEST_NS, highestAt, indexOf, valueAt } from '../../../ops/metrics/layout.ts';
import { encodeCounts } from '../../../ops/metrics/sparse.ts';
import { runs } from '../../support/runs.ts';
import { countsOf, memorySource, NOW_MS, RETENTION_MS, recording } from './memory-source.ts';
import {
  type Buckets,
  csvRows,
  expectedBuckets,
  exported,
  fromCsvBuckets,
  fromHlog,
  fromJson,
  type JsonExport,
  percentileTotals,
  totalOf,
} from './read-back.ts';

const TAG = 'total;/search;answered;miss;done;control';

const interval = (tag: string, counts: Uint8Array): Interval => ({
  startMs: NOW_MS - 60_000,
  lengthMs: 60_000,
  series: new Map([[tag, counts]]),
  events: new Map(),
});

const SELECTIONS: readonly (readonly [query: string, lets: (tag: string) => boolean])[] = [
  ['measure=all', () => true],
  ['', (tag) => tag.startsWith('total;')],
  ['measure=queue&measure=embed', (tag) => tag.startsWith('queue;') || tag.startsWith('embed;')],
  ['measure=total&endpoint=/search', (tag) => tag.startsWith('total;/search;')],
  ['measure=all&outcome=answered&cache=miss', (tag) => /^[^;]*;[^;]*;answered;miss;/.test(tag)],
  ['arm=candidate', (tag) => tag.endsWith(';candidate')],
  ['rerank=dropped&rerank=done&endpoint=/search/batch', (tag) => /^total;\/search\/batch;.*;done;/.test(tag)],
  ['arm=nobody', () => false],
];

it('the four formats carry equal counts, bucket by bucket, whatever is selected', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.constantFrom(...SELECTIONS),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      async (seed, [selectors, lets], recorded, asked) => {
        const intervals = recording({ resolutionS: 60, intervals: recorded, eventsMax: 40, seed });
        const source = memorySource(60, intervals);
        const expected = expectedBuckets(intervals.slice(-asked), lets);
        const query = (format: string): string => `format=${format}&from=-${asked}m&resolution=1m&${selectors}`;
        expect(fromJson(await exported(source, query('json')))).toEqual(expected);
        expect(fromCsvBuckets(await exported(source, query('csv&buckets=true')))).toEqual(expected);
        expect(fromHlog(await exported(source, query('hlog')))).toEqual(expected);
        const total = totalOf(expected);
        const percentiles = await exported(source, query('percentiles'));
        expect(percentileTotals(percentiles)).toEqual({ last: total, summary: total });
        const [head, ...rows] = csvRows(await exported(source, query('csv')));
        expect(rows.reduce((sum, row) => sum + Number(row[head!.indexOf('count')]), 0)).toBe(total);
      },
    ),
    runs(8),
  );
});

it('merged, an interval is one series without a tag, of the same counts, which says what all have in common', async () => {
  const intervals = recording({ resolutionS: 60, intervals: 4, eventsMax: 40, seed: 5 });
  const source = memorySource(60, intervals);
  const query = (format: string): string =>
    `format=${format}&from=-4m&resolution=1m&merged=true&outcome=answered&endpoint=/search`;
  const expected = new Map(
    intervals.map(({ startMs, series }) => {
      const merged = new Counts();
      for (const [tag, counts] of series) if (tag.startsWith('total;/search;answered;')) merged.add(counts);
      const buckets = new Map<number, number>();
      merged.each((index, count) => buckets.set(valueAt(index), count));
      return [startMs, buckets];
    }),
  );
  const byStart = (buckets: Buckets, tag: string): Map<number, Map<number, number>> =>
    new Map([...buckets].map(([key, counted]) => [Number(key.replace(` ${tag}`, '')), counted]));
  const common = 'total;/search;answered;;;';
  expect(byStart(fromJson(await exported(source, query('json'))), common)).toEqual(expected);
  expect(byStart(fromCsvBuckets(await exported(source, query('csv&buckets=true'))), common)).toEqual(expected);
  expect(byStart(fromHlog(await exported(source, query('hlog'))), 'NO TAG')).toEqual(expected);
  expect(await exported(source, query('percentiles'))).toBe(
    await exported(source, query('percentiles').replace('merged=true', 'merged=false')),
  );
});

it('the least and the largest value, and counts beyond 32 bits, survive every format', async () => {
  const dense = new Float64Array(indexOf(HIGHEST_NS) + 1);
  for (const [ns, count] of [
    [0, 3],
    [1, 2 ** 33 + 1],
    [2047, 1],
    [2048, 7],
    [HIGHEST_NS, 2 ** 40],
  ] as const)
    dense[indexOf(ns)] = count;
  const intervals = [interval(TAG, encodeCounts(dense))];
  const source = memorySource(60, intervals);
  const expected = expectedBuckets(intervals, () => true);
  const query = (format: string): string => `format=${format}&resolution=1m`;
  expect(fromJson(await exported(source, query('json')))).toEqual(expected);
  expect(fromCsvBuckets(await exported(source, query('csv&buckets=true')))).toEqual(expected);
  expect(fromHlog(await exported(source, query('hlog')))).toEqual(expected);
  expect(percentileTotals(await exported(source, query('percentiles'))).last).toBe(totalOf(expected));
});

it('CSV has the percentiles of each series as the histogram has them, to the nanosecond', async () => {
  const intervals = recording({ resolutionS: 60, intervals: 4, eventsMax: 1000, seed: 7 });
  const [head, ...rows] = csvRows(
    await exported(memorySource(60, intervals), 'format=csv&measure=all&resolution=1m&from=-4m'),
  );
  expect(head!.join()).toBe(
    'start,startMs,lengthMs,measure,endpoint,outcome,cache,rerank,arm,count,' +
      'minMs,p50Ms,p90Ms,p95Ms,p99Ms,p99.9Ms,p99.99Ms,maxMs,meanMs',
  );
  const expected = intervals.flatMap(({ startMs, series }) =>
    [...series].map(([tag, one]) => {
      const counts = Counts.of(one);
      const ms = [
        ...[50, 90, 95, 99, 99.9, 99.99].map((percentile) => counts.atPercentile(percentile)),
        counts.maxNs,
        Math.round(counts.meanNs),
      ].map((ns) => ns / 1e6);
      return [new Date(startMs).toISOString(), `${startMs}`, '60000', ...tag.split(';'), `${counts.total}`, ...ms];
    }),
  );
  const minMs = head!.indexOf('minMs');
  expect(rows.map((row) => [...row.slice(0, minMs), ...row.slice(minMs + 1).map(Number)])).toEqual(expected);
  for (const row of rows) expect(Number(row[minMs])).toBeLessThanOrEqual(Number(row[minMs + 1]));
  expect(rows.length).toBeGreaterThan(40);
});

it.each(['=HYPERLINK("http://x")', '+1', '-1+cmd|x', '@SUM(A1)', '\t=1', '＝1', 'a"b', 'a,b', 'a\r\nb', 'plain', ''])(
  'a spreadsheet runs nothing of an arm that is called %j',
  async (arm) => {
    const source = memorySource(60, [
      interval(`total;/search;answered;miss;done;${arm}`, countsOf([1_000_000, 2_000_000])),
    ]);
    for (const form of ['csv', 'csv&buckets=true']) {
      const [head, ...rows] = csvRows(await exported(source, `format=${form}&resolution=1m`));
      for (const row of rows) {
        expect(row).toHaveLength(head!.length);
        const cell = row[head!.indexOf('arm')]!;
        expect(cell).not.toMatch(/^[=+\-@\t\r＝]/);
        expect(cell.replace(/^'/, '')).toBe(arm);
      }
      expect(rows.length).toBeGreaterThan(0);
    }
  },
);

it('JSON says its range and the extremes of each series, and intervals without a selected series are empty', async () => {
  const ns = [3_000_000, 70_000_000];
  const intervals = [interval(TAG, countsOf(ns))];
  const text = await exported(memorySource(60, intervals), 'resolution=1m&from=-2m');
  const parsed = JSON.parse(text) as JsonExport;
  expect(parsed).toMatchObject({
    from: '2026-01-31T11:58:00.000Z',
    to: '2026-01-31T12:00:00.000Z',
    resolutionS: 60,
    intervals: [{ startMs: NOW_MS - 60_000, lengthMs: 60_000 }],
  });
  const { minNs, maxNs, count } = parsed.intervals[0]!.series[0]!;
  expect(count).toBe(2);
  expect([minNs <= ns[0]!, maxNs >= ns[1]!, maxNs]).toEqual([true, true, highestAt(indexOf(ns[1]!))]);
  const none = JSON.parse(await exported(memorySource(60, intervals), 'resolution=1m&arm=b')) as JsonExport;
  expect(none.intervals.map(({ series }) => series)).toEqual([[]]);
});

it('a log line is tag, seconds, seconds, milliseconds to the end of the bucket, and the histogram', async () => {
  const counts = countsOf([57_016_319]);
  const text = await exported(memorySource(60, [interval(TAG, counts)]), 'format=hlog&resolution=1m');
  const start = `${NOW_MS / 1000 - 60}.000`;
  expect(text.split('\n')).toEqual([
    '#[wp-chat latencies in nanoseconds, by measure;endpoint;outcome;cache;rerank;arm]',
    '#[Histogram log format version 1.3]',
    `#[StartTime: ${NOW_MS / 1000 - 300}.000 (seconds since epoch), 2026-01-31T11:55:00.000Z]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    `Tag=${TAG},${start},60.000,57.016,${toHlogField(counts)}`,
    '',
  ]);
});

it('an export without events is a whole file of its kind', async () => {
  const source = memorySource(1, []);
  expect((JSON.parse(await exported(source, '')) as JsonExport).intervals).toEqual([]);
  expect(csvRows(await exported(source, 'format=csv'))).toHaveLength(1);
  expect(csvRows(await exported(source, 'format=csv&buckets=true'))).toHaveLength(1);
  expect(fromHlog(await exported(source, 'format=hlog')).size).toBe(0);
  expect(percentileTotals(await exported(source, 'format=percentiles'))).toEqual({ last: 0, summary: 0 });
});

function selectionOf(query: string): Selection {
  const parsed = parseSelection(query, { nowMs: NOW_MS, retentionMs: RETENTION_MS });
  if (!parsed.ok) throw new Error(query);
  return parsed.value;
}

it.each([
  ['json', 'application/json', 'wp-chat-20260131T115500Z-20260131T120000Z-1s.json'],
  ['csv', 'text/csv', 'wp-chat-20260131T115500Z-20260131T120000Z-1s.csv'],
  ['csv&buckets=true', 'text/csv', 'wp-chat-20260131T115500Z-20260131T120000Z-1s-buckets.csv'],
  ['hlog', 'text/plain', 'wp-chat-20260131T115500Z-20260131T120000Z-1s.hlog'],
  ['percentiles', 'text/plain', 'wp-chat-20260131T115500Z-20260131T120000Z-1s.hgrm'],
])('format=%s is %s, called %s', (format, contentType, fileName) => {
  const made = exportHistograms(memorySource(1, []), selectionOf(`format=${format}`));
  expect(made.contentType).toContain(contentType);
  expect(made.fileName).toBe(fileName);
});

const minutes = 130;
const held = memorySource(60, recording({ resolutionS: 60, intervals: minutes, eventsMax: 20, seed: 3 }));

it.each(['json', 'csv', 'csv&buckets=true', 'hlog', 'percentiles'])(
  '%s comes in bounded chunks, read from the rings as it is asked for, and others get their turn',
  async (format) => {
    let read = 0;
    let sliceMax = 0;
    const source = {
      ...held,
      intervals: (...asked: Parameters<typeof held.intervals>) => {
        const slice = [...held.intervals(...asked)];
        read += slice.length;
        sliceMax = Math.max(sliceMax, slice.length);
        return slice;
      },
    };
    let turns = 0;
    let turning = true;
    const turn = (): void => {
      turns += 1;
      if (turning) setImmediate(turn);
    };
    setImmediate(turn);
    const { body } = exportHistograms(source, selectionOf(`format=${format}&from=-130m&resolution=1m`));
    expect(read).toBe(0);
    let chunks = 0;
    let readAtFirst = 0;
    for await (const chunk of body) {
      if (chunks === 0) readAtFirst = read;
      chunks += 1;
      expect(chunk.length).toBeGreaterThan(0);
      expect(chunk.length).toBeLessThan(64 * 1024);
    }
    turning = false;
    expect(read).toBe(minutes);
    expect(sliceMax).toBe(60);
    expect(turns).toBeGreaterThan(minutes / 2);
    // The distribution of all is one short text at the end; the others are on their way long before.
    if (format === 'percentiles') expect(chunks).toBe(1);
    else expect([chunks > 20, readAtFirst]).toEqual([true, 60]);
  },
);

it('a reader that goes away ends the reading', async () => {
  let asked = 0;
  const source = {
    ...held,
    intervals: (...range: Parameters<typeof held.intervals>) => {
      asked += 1;
      return held.intervals(...range);
    },
  };
  for await (const _ of exportHistograms(source, selectionOf('from=-130m&resolution=1m')).body) break;
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toBe(1);
});
