import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ErrorLog } from '../../../ops/index.ts';
import { scratchFolder } from '../../support/scratch.ts';

const entry = (serial: number, detail = '') => ({
  timeMs: 0,
  requestId: `${serial}`,
  endpoint: '/search',
  code: 'internal',
  detail,
});
const linesOf = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');
const idsOf = (path: string): number[] =>
  linesOf(path).map((line) => Number((JSON.parse(line) as { requestId: string }).requestId));
const settings = () => ({ directory: join(scratchFolder(), 'logs'), fileBytesMax: 64 * 1024, filesKept: 3 });

it('a line is written behind the call, with what it was given', async () => {
  const { directory, ...rest } = settings();
  const log = new ErrorLog({ directory, ...rest });
  log.write(entry(1, 'ein „Fehler“\n'));
  expect(existsSync(join(directory, 'api_errors.log'))).toBe(false);
  await log.flush();
  expect(linesOf(join(directory, 'api_errors.log')).map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      time: '1970-01-01T00:00:00.000Z',
      requestId: '1',
      endpoint: '/search',
      code: 'internal',
      detail: 'ein „Fehler“\n',
    },
  ]);
});

it('a burst is written whole and in order, also what comes while a write is under way', async () => {
  const { directory } = settings();
  const log = new ErrorLog({ directory, fileBytesMax: 2 ** 30, filesKept: 1 });
  const flushes: Promise<void>[] = [];
  for (let serial = 0; serial < 5000; serial++) {
    log.write(entry(serial, 'x'.repeat(serial % 300)));
    if (serial % 700 === 0) flushes.push(log.flush());
    if (serial % 1000 === 0) await Promise.resolve();
  }
  await Promise.all([...flushes, log.flush()]);
  expect(idsOf(join(directory, 'api_errors.log'))).toEqual(Array.from({ length: 5000 }, (_, serial) => serial));
  log.write(entry(5000));
  await log.flush();
  expect(idsOf(join(directory, 'api_errors.log')).at(-1)).toBe(5000);
  expect(log.lost).toBe(0);
});

it('files are rotated before they exceed their size, and the oldest are dropped', async () => {
  const { directory, fileBytesMax, filesKept } = settings();
  const log = new ErrorLog({ directory, fileBytesMax, filesKept });
  for (let serial = 0; serial < 3000; serial++) {
    log.write(entry(serial, 'é'.repeat(60)));
    if (serial % 333 === 0) await log.flush();
  }
  await log.flush();
  const names = ['api_errors.log', ...[1, 2, 3].map((n) => `api_errors.log.${n}`)];
  expect(readdirSync(directory).sort()).toEqual(names);
  const sizes = names.map((name) => statSync(join(directory, name)).size);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(fileBytesMax);
  expect(Math.min(...sizes.slice(1))).toBeGreaterThan(fileBytesMax - 400);
  const ids = names.toReversed().flatMap((name) => idsOf(join(directory, name)));
  expect(ids).toEqual(Array.from({ length: ids.length }, (_, n) => 3000 - ids.length + n));
});

it('the size of a file that is there already counts', async () => {
  const { directory, fileBytesMax, filesKept } = settings();
  mkdirSync(directory);
  writeFileSync(join(directory, 'api_errors.log'), 'x'.repeat(fileBytesMax));
  const log = new ErrorLog({ directory, fileBytesMax, filesKept });
  log.write(entry(1));
  await log.flush();
  expect(idsOf(join(directory, 'api_errors.log'))).toEqual([1]);
  expect(statSync(join(directory, 'api_errors.log.1')).size).toBe(fileBytesMax);
});

it('lines that a disk refuses are counted, and those after it is well again are written', async () => {
  const { directory, ...rest } = settings();
  const log = new ErrorLog({ directory, ...rest });
  rmSync(directory, { recursive: true });
  for (let serial = 0; serial < 5; serial++) log.write(entry(serial));
  await log.flush();
  expect(log.lost).toBe(5);
  mkdirSync(directory);
  log.write(entry(5));
  await log.flush();
  expect(idsOf(join(directory, 'api_errors.log'))).toEqual([5]);
  expect(log.lost).toBe(5);
});

it('what waits is bounded: a burst beyond it loses lines, and says how many', async () => {
  const { directory } = settings();
  const log = new ErrorLog({ directory, fileBytesMax: 2 ** 30, filesKept: 1 });
  for (let serial = 0; serial < 100; serial++) log.write(entry(serial, 'x'.repeat(100_000)));
  await log.flush();
  expect(log.lost).toBeGreaterThan(0);
  expect(linesOf(join(directory, 'api_errors.log'))).toHaveLength(100 - log.lost);
});
