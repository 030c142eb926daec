import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { HistogramLogReader } from 'hdr-histogram-js';
import { expect, it } from 'vitest';
import { HistoryFiles } from '../../../ops/metrics/history-files.ts';
import { intervalOf, linesOf } from '../../../ops/metrics/history-line.ts';
import type { Interval, ResolutionS } from '../../../ops/metrics/interval.ts';
import { mergeIntervals } from '../../../ops/metrics/ring.ts';
import { totalOf } from '../../../ops/metrics/sparse.ts';
import { runs } from '../../support/runs.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { latencyNs } from './hdr.ts';
import { intervalAt, totalTag } from './intervals.ts';

const BYTES_MAX = 2 ** 30;
const NOW_MS = Date.UTC(2026, 0, 31, 12);

const { signal: NEVER } = new AbortController();

const readAll = async (directory: string, nowMs = NOW_MS + 60_000) => {
  const taken: [ResolutionS, Interval][] = [];
  const faults = await new HistoryFiles(directory, BYTES_MAX).read(nowMs, (...one) => taken.push(one), NEVER);
  return { taken, faults };
};

it('an interval comes back from its lines as it was', () => {
  fc.assert(
    fc.property(fc.array(latencyNs, { minLength: 1, maxLength: 50 }), fc.nat(1000), (latencies, count) => {
      const interval = intervalAt(NOW_MS, latencies, { events: count > 0 ? { 'degraded;rerank_failed': count } : {} });
      const parts = linesOf(interval).trimEnd().split('\n').map(intervalOf);
      expect(parts[0]).toEqual({ ...interval, events: new Map() });
      if (count > 0) expect(parts[1]).toEqual({ ...interval, series: new Map() });
    }),
    runs(15),
  );
});

it('what one process wrote, the next one reads, and so does HdrHistogram', async () => {
  const directory = join(scratchFolder(), 'history');
  const files = new HistoryFiles(directory, BYTES_MAX);
  for (let second = 0; second < 30; second++)
    files.write(1, intervalAt(NOW_MS + second * 1000, [1e6, 2e6 + second], { events: { empty: 1 } }));
  files.write(60, intervalAt(NOW_MS, [5e6], { lengthMs: 60_000 }));
  await files.flush();
  const { taken, faults } = await readAll(directory);
  expect(faults).toEqual({ lines: 0, told: [] });
  // The lines of an interval come as one.
  expect(taken).toHaveLength(31);
  expect(taken.every(([resolutionS, { events }]) => (events.get('empty') ?? 0) === (resolutionS === 1 ? 1 : 0))).toBe(
    true,
  );
  const name = readdirSync(directory).find((one) => one.startsWith('1s-'))!;
  const reader = new HistogramLogReader(readFileSync(join(directory, name), 'latin1'));
  let total = 0;
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram())
    total += next.totalCount;
  expect(total).toBe(60);
});

it('torn and foreign lines are skipped and counted, whatever they are, and the first of a file is told', async () => {
  const directory = join(scratchFolder(), 'history');
  const files = new HistoryFiles(directory, BYTES_MAX);
  files.write(10, intervalAt(NOW_MS, [1e6], { lengthMs: 10_000 }));
  await files.flush();
  const [name] = readdirSync(directory) as [string];
  const path = join(directory, name);
  const good = linesOf(intervalAt(NOW_MS, [1e6], { lengthMs: 10_000 }));
  appendFileSync(path, 'rubbish\n\0\0\0\0\nTag=a,1,2\n');
  appendFileSync(path, good.replace('Tag=total;', 'Tag=total;;;;'));
  appendFileSync(path, good.replace(',10.000,', ',10.001,').replace(/^Tag=[^,]+,\d+/, `Tag=${totalTag()},1700000001`));
  appendFileSync(path, good.slice(0, good.length / 2));
  writeFileSync(join(directory, '10s-9999999999.hlog'), good);
  writeFileSync(join(directory, 'other.txt'), good);
  const { taken, faults } = await readAll(directory);
  expect(taken).toHaveLength(2);
  expect(faults.lines).toBe(6);
  expect(faults.told).toEqual([expect.stringContaining(`${path}:4: `)]);
});

it('what is written behind a torn end can be read', async () => {
  const directory = join(scratchFolder(), 'history');
  const first = new HistoryFiles(directory, BYTES_MAX);
  first.write(1, intervalAt(NOW_MS, [1e6]));
  await first.flush();
  const path = join(directory, readdirSync(directory)[0]!);
  appendFileSync(path, 'Tag=total;/sea');
  const second = new HistoryFiles(directory, BYTES_MAX);
  await second.read(NOW_MS + 1000, () => {}, NEVER);
  second.write(1, intervalAt(NOW_MS + 1000, [2e6]));
  await second.flush();
  const { taken, faults } = await readAll(directory);
  expect([taken.length, faults.lines]).toEqual([2, 1]);
});

it('files of which all is too old are deleted, and nothing else', async () => {
  const directory = join(scratchFolder(), 'history');
  mkdirSync(directory);
  writeFileSync(join(directory, 'notes.txt'), 'mine');
  const files = new HistoryFiles(directory, BYTES_MAX);
  for (let minute = 0; minute < 60; minute++) {
    files.write(1, intervalAt(NOW_MS + minute * 60_000, [1e6]));
    await files.flush();
  }
  const names = readdirSync(directory).filter((name) => name.endsWith('.hlog'));
  // Ten minutes in segments of two and a half, and the one that is begun.
  expect(names.length).toBeLessThanOrEqual(6);
  expect(
    (await readAll(directory, NOW_MS + 59 * 60_000)).taken.map(([, { startMs }]) => (startMs - NOW_MS) / 60_000),
  ).toEqual(Array.from({ length: 11 }, (_, n) => 49 + n));
  expect(readFileSync(join(directory, 'notes.txt'), 'utf8')).toBe('mine');
});

it('beyond their bound the finest go first, and hours last', async () => {
  const directory = join(scratchFolder(), 'history');
  const bytesMax = 200_000;
  const files = new HistoryFiles(directory, bytesMax);
  const latencies = Array.from({ length: 400 }, (_, n) => 1e6 + 7919 * n * n);
  for (let minute = 0; minute < 20; minute++) {
    for (let second = 0; second < 60; second += 5)
      files.write(1, intervalAt(NOW_MS + minute * 60_000 + second * 1000, latencies));
    files.write(60, intervalAt(NOW_MS + minute * 60_000, latencies, { lengthMs: 60_000 }));
    files.write(3600, intervalAt(NOW_MS - minute * 10 * 86_400_000, latencies, { lengthMs: 3_600_000 }));
    await files.flush();
  }
  const names = readdirSync(directory);
  const bytes = names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  expect(bytes).toBeLessThan(2 * bytesMax);
  expect(names.some((name) => name.startsWith('60s-'))).toBe(true);
  expect(names.some((name) => name.startsWith('3600s-'))).toBe(true);
});

it('a disk that refuses costs lines, which are counted; when it is well again writing goes on', async () => {
  const directory = join(scratchFolder(), 'history');
  const files = new HistoryFiles(directory, BYTES_MAX);
  rmSync(directory, { recursive: true });
  writeFileSync(directory, 'in the way');
  files.write(1, intervalAt(NOW_MS, [1e6]));
  await files.flush();
  expect(files.lost).toBe(1);
  rmSync(directory);
  mkdirSync(directory);
  files.write(1, intervalAt(NOW_MS + 1000, [1e6]));
  await files.flush();
  expect([files.lost, (await readAll(directory)).taken.length]).toEqual([1, 1]);
});

it('a folder that cannot be read is no history, and no failure', async () => {
  const directory = join(scratchFolder(), 'none', 'history');
  writeFileSync(join(scratchFolder(), 'file'), '');
  expect((await readAll(join(scratchFolder(), 'file'))).taken).toEqual([]);
  expect((await readAll(directory)).faults).toEqual({ lines: 0, told: [] });
  mkdirSync(join(directory, '1s-1769860000.hlog'), { recursive: true });
  chmodSync(directory, 0o755);
  const { faults } = await readAll(directory, 1769860000_000 + 1000);
  expect(faults.told).toEqual([expect.stringContaining('1s-1769860000.hlog: Not a file')]);
});

it('two parts of an interval, as two processes wrote them, come one after the other and lose nothing', async () => {
  const directory = join(scratchFolder(), 'history');
  for (const latencies of [[1e6], [2e6, 3e6]]) {
    const files = new HistoryFiles(directory, BYTES_MAX);
    files.write(60, intervalAt(NOW_MS, latencies, { lengthMs: 60_000, events: { empty: latencies.length } }));
    await files.flush();
  }
  const { taken, faults } = await readAll(directory);
  expect(faults.lines).toBe(0);
  const merged = mergeIntervals(
    taken.map(([, interval]) => interval),
    60_000,
  );
  expect(totalOf(merged.series.get(totalTag())!)).toBe(3);
  expect(merged.events.get('empty')).toBe(3);
});

it('what is written while the history is read is not read again', async () => {
  const directory = join(scratchFolder(), 'history');
  const before = new HistoryFiles(directory, BYTES_MAX);
  before.write(1, intervalAt(NOW_MS, [1e6]));
  await before.flush();
  const files = new HistoryFiles(directory, BYTES_MAX);
  const taken: Interval[] = [];
  const reading = files.read(NOW_MS + 60_000, (_, interval) => taken.push(interval), NEVER);
  files.write(1, intervalAt(NOW_MS + 1000, [1e6]));
  await files.flush();
  await reading;
  expect(taken.map(({ startMs }) => startMs)).toEqual([NOW_MS]);
  expect((await readAll(directory)).taken).toHaveLength(2);
});

it('others get their turn while a long history is read, and a stop ends the reading', async () => {
  const directory = join(scratchFolder(), 'history');
  const files = new HistoryFiles(directory, BYTES_MAX);
  for (let hour = 0; hour < 200; hour++)
    files.write(
      3600,
      intervalAt(
        NOW_MS - hour * 3_600_000,
        Array.from({ length: 2000 }, (_, n) => 1e6 + ((n * n * 7919 + hour) % 9_999_991)),
        {
          lengthMs: 3_600_000,
        },
      ),
    );
  await files.flush();
  // Intervals taken in a turn of the event loop.
  let run = 0;
  let longest = 0;
  let all = 0;
  const count = (): void => {
    if (run === 0)
      void setImmediate(() => {
        run = 0;
      });
    run += 1;
    all += 1;
    longest = Math.max(longest, run);
  };
  await new HistoryFiles(directory, BYTES_MAX).read(NOW_MS + 60_000, count, NEVER);
  expect(all).toBe(200);
  expect(longest).toBeLessThan(100);
  const stop = new AbortController();
  let some = 0;
  const take = (): void => {
    some += 1;
    stop.abort();
  };
  await new HistoryFiles(directory, BYTES_MAX).read(NOW_MS + 60_000, take, stop.signal);
  expect(some).toBeGreaterThan(0);
  expect(some).toBeLessThan(200);
});

it('a pipe, a device and a line without an end keep nobody waiting', async () => {
  const directory = join(scratchFolder(), 'history');
  mkdirSync(directory);
  const name = (second: number): string => `1s-${NOW_MS / 1000 + second}.hlog`;
  expect(spawnSync('mkfifo', [join(directory, name(0))]).status).toBe(0);
  symlinkSync('/dev/zero', join(directory, name(1)));
  symlinkSync(join(directory, 'nowhere'), join(directory, name(2)));
  writeFileSync(join(directory, name(3)), Buffer.alloc(2 ** 21, 'x'));
  appendFileSync(join(directory, name(3)), `\n${linesOf(intervalAt(NOW_MS, [1e6]))}`);
  const { taken, faults } = await readAll(directory);
  expect(taken).toHaveLength(1);
  expect(faults.lines).toBe(1);
  expect(faults.told.map((told) => told.slice(directory.length + 1).replace(/: ENOENT.*/, ': ENOENT')).sort()).toEqual([
    `${name(0)}: Not a file`,
    `${name(1)}: Not a file`,
    `${name(2)}: ENOENT`,
    `${name(3)}:1: Not a line of a histogram log`,
  ]);
});

it('an old file that cannot be deleted costs none of the new lines', async () => {
  const directory = join(scratchFolder(), 'history');
  mkdirSync(join(directory, '1s-0.hlog'), { recursive: true });
  const files = new HistoryFiles(directory, BYTES_MAX);
  files.write(1, intervalAt(NOW_MS, [1e6]));
  files.write(10, intervalAt(NOW_MS, [1e6], { lengthMs: 10_000 }));
  await files.flush();
  expect([files.lost, (await readAll(directory)).taken.length]).toEqual([0, 2]);
});
