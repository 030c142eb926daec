import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { HistogramLogReader } from 'hdr-histogram-js';
import { expect, it } from 'vitest';
import { HistoryFiles } from '../../../ops/metrics/history-files.ts';
import { intervalOf, linesOf } from '../../../ops/metrics/history-line.ts';
import type { Interval, ResolutionS } from '../../../ops/metrics/interval.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { latencyNs } from './hdr.ts';
import { intervalAt, totalTag } from './intervals.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 12);

const readAll = (directory: string, nowMs = NOW_MS + 60_000) => {
  const taken: [ResolutionS, Interval][] = [];
  const faults = new HistoryFiles(directory).read(nowMs, (...one) => taken.push(one));
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
    { numRuns: 50 },
  );
});

it('what one process wrote, the next one reads, and so does HdrHistogram', async () => {
  const directory = join(scratchFolder(), 'history');
  const files = new HistoryFiles(directory);
  for (let second = 0; second < 30; second++)
    files.write(1, intervalAt(NOW_MS + second * 1000, [1e6, 2e6 + second], { events: { empty: 1 } }));
  files.write(60, intervalAt(NOW_MS, [5e6], { lengthMs: 60_000 }));
  await files.flush();
  const { taken, faults } = readAll(directory);
  expect(faults).toEqual({ lines: 0, told: [] });
  expect(taken).toHaveLength(61);
  expect(new Set(taken.map(([, { startMs }]) => startMs)).size).toBe(30);
  const name = readdirSync(directory).find((one) => one.startsWith('1s-'))!;
  const reader = new HistogramLogReader(readFileSync(join(directory, name), 'latin1'));
  let total = 0;
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram())
    total += next.totalCount;
  expect(total).toBe(60);
});

it('torn and foreign lines are skipped and counted, whatever they are, and the first of a file is told', async () => {
  const directory = join(scratchFolder(), 'history');
  const files = new HistoryFiles(directory);
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
  const { taken, faults } = readAll(directory);
  expect(taken).toHaveLength(2);
  expect(faults.lines).toBe(6);
  expect(faults.told).toEqual([expect.stringContaining(`${path}:4: `)]);
});

it('what is written behind a torn end can be read', async () => {
  const directory = join(scratchFolder(), 'history');
  const first = new HistoryFiles(directory);
  first.write(1, intervalAt(NOW_MS, [1e6]));
  await first.flush();
  const path = join(directory, readdirSync(directory)[0]!);
  appendFileSync(path, 'Tag=total;/sea');
  const second = new HistoryFiles(directory);
  second.read(NOW_MS + 1000, () => {});
  second.write(1, intervalAt(NOW_MS + 1000, [2e6]));
  await second.flush();
  const { taken, faults } = readAll(directory);
  expect([taken.length, faults.lines]).toEqual([2, 1]);
});

it('files of which all is too old are deleted, and nothing else', async () => {
  const directory = join(scratchFolder(), 'history');
  mkdirSync(directory);
  writeFileSync(join(directory, 'notes.txt'), 'mine');
  const files = new HistoryFiles(directory);
  for (let minute = 0; minute < 60; minute++) {
    files.write(1, intervalAt(NOW_MS + minute * 60_000, [1e6]));
    await files.flush();
  }
  const names = readdirSync(directory).filter((name) => name.endsWith('.hlog'));
  // Ten minutes in segments of two and a half, and the one that is begun.
  expect(names.length).toBeLessThanOrEqual(6);
  expect(readAll(directory, NOW_MS + 59 * 60_000).taken.map(([, { startMs }]) => (startMs - NOW_MS) / 60_000)).toEqual(
    Array.from({ length: 11 }, (_, n) => 49 + n),
  );
  expect(readFileSync(join(directory, 'notes.txt'), 'utf8')).toBe('mine');
});

it('a disk that refuses costs lines, which are counted; when it is well again writing goes on', async () => {
  const directory = join(scratchFolder(), 'history');
  const files = new HistoryFiles(directory);
  rmSync(directory, { recursive: true });
  writeFileSync(directory, 'in the way');
  files.write(1, intervalAt(NOW_MS, [1e6]));
  await files.flush();
  expect(files.lost).toBe(1);
  rmSync(directory);
  mkdirSync(directory);
  files.write(1, intervalAt(NOW_MS + 1000, [1e6]));
  await files.flush();
  expect([files.lost, readAll(directory).taken.length]).toEqual([1, 1]);
});

it('a folder that cannot be read is no history, and no failure', () => {
  const directory = join(scratchFolder(), 'none', 'history');
  writeFileSync(join(scratchFolder(), 'file'), '');
  expect(readAll(join(scratchFolder(), 'file')).taken).toEqual([]);
  expect(readAll(directory).faults).toEqual({ lines: 0, told: [] });
  mkdirSync(join(directory, '1s-1769860000.hlog'), { recursive: true });
  chmodSync(directory, 0o755);
  const { faults } = readAll(directory, 1769860000_000 + 1000);
  expect(faults.told).toEqual([expect.stringContaining('1s-1769860000.hlog: EISDIR')]);
});
