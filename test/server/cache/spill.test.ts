import { appendFileSync, existsSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../engine/clock.ts';
import { answerOf } from '../../../server/cache/answer.ts';
import { Spill } from '../../../server/cache/spill.ts';
import { recordBytes, recordsIn, type SpillRecord } from '../../../server/cache/spill-record.ts';
import type { Stored } from '../../../server/cache/stored.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { requestFor, resultFor } from './sample-result.ts';

const clock: Clock = { nowUs: () => 5e6, wallMs: () => 1000 };
const stored = (query: string): Stored => ({
  answer: answerOf(resultFor(query), requestFor(query), 'json'),
  keeping: 'whole',
  hadAtUs: 4e6,
  retryAtUs: 0,
});
const record = (key: string): SpillRecord => ({ scope: 's', key, wallMs: 0, answer: stored(key).answer });

interface Opened {
  readonly spill: Spill;
  readonly back: SpillRecord[];
  readonly failures: () => number;
}

async function open(directory: string, { scope = 's', bytesMax = 2 ** 20 } = {}): Promise<Opened> {
  let failures = 0;
  const failed = (): void => {
    failures += 1;
  };
  const spill = new Spill({ directory, bytesMax, scope: () => scope, serving: () => 'g', clock, failed });
  const back: SpillRecord[] = [];
  await spill.restore((one) => back.push(one));
  return { spill, back, failures: () => failures };
}

async function filled(keys: readonly string[], directory = scratchFolder()): Promise<string> {
  const { spill } = await open(directory);
  for (const key of keys) spill.put(key, stored(key));
  await spill.flush();
  return directory;
}

const fileIn = (directory: string): string => join(directory, 'answers.spill');
const KEYS = ['a', 'b', 'c', 'd'];

describe('records', () => {
  it('with any bit flipped, anywhere: every other record is read, and no wrong one', () => {
    const parts = KEYS.map((key) => recordBytes(record(key)));
    const whole = Buffer.concat(parts);
    fc.assert(
      fc.property(fc.nat(whole.length * 8 - 1), (bit) => {
        const bytes = Buffer.from(whole);
        bytes[bit >>> 3]! ^= 1 << (bit & 7);
        let torn = 0;
        const read = [...recordsIn(bytes, () => torn++)];
        let hit = 0;
        for (let end = parts[0]!.length; end <= bit >>> 3; end += parts[++hit]!.length);
        expect(Buffer.concat(read.map(recordBytes)).equals(Buffer.concat(parts.filter((_, at) => at !== hit)))).toBe(
          true,
        );
        expect(torn).toBe(1);
      }),
    );
  });

  it('cut anywhere: those before the cut are read', () => {
    const parts = KEYS.map((key) => recordBytes(record(key)));
    const whole = Buffer.concat(parts);
    fc.assert(
      fc.property(fc.nat(whole.length), (length) => {
        let fits = 0;
        for (let bytes = 0; fits < parts.length && bytes + parts[fits]!.length <= length; fits++)
          bytes += parts[fits]!.length;
        expect([...recordsIn(whole.subarray(0, length), () => {})].map(({ key }) => key)).toEqual(KEYS.slice(0, fits));
      }),
    );
  });

  it('random bytes hold none, and reading them ends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        expect([...recordsIn(Buffer.concat([Buffer.from('WPC1'), bytes]), () => {})]).toEqual([]);
      }),
    );
  });
});

describe('a spill', () => {
  it('gives back what was put, in order, with when it was had', async () => {
    const { back, spill } = await open(await filled(KEYS));
    expect(back.map(({ key, wallMs, answer }) => [key, wallMs, answer])).toEqual(
      KEYS.map((key) => [key, 0, stored(key).answer]),
    );
    expect(spill.stats).toMatchObject({ restored: 4, torn: 0, foreign: 0, failures: 0 });
  });

  it('skips what another index or version wrote, and counts it', async () => {
    const { back, spill } = await open(await filled(KEYS), { scope: 'other' });
    expect([back, spill.stats.foreign]).toEqual([[], 4]);
  });

  it('a write that was cut short costs one record; those written after it are read', async () => {
    const directory = await filled(KEYS);
    truncateSync(fileIn(directory), statSync(fileIn(directory)).size - 10);
    await filled(['e'], directory);
    const { back, spill } = await open(directory);
    expect([back.map(({ key }) => key), spill.stats.torn]).toEqual([['a', 'b', 'c', 'e'], 1]);
  });

  it('never takes more disk than it may, and keeps the newest', async () => {
    const directory = scratchFolder();
    const bytesMax = 40_000;
    const { spill } = await open(directory, { bytesMax });
    for (let n = 0; n < 300; n++) {
      spill.put(`key ${n}`, stored(`query ${n}`));
      if (n % 7 === 0) await spill.flush();
      const size = (name: string) => statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0;
      expect(size('answers.spill') + size('answers.older.spill')).toBeLessThanOrEqual(bytesMax);
    }
    await spill.flush();
    const { back } = await open(directory, { bytesMax });
    expect(back.length).toBeGreaterThan(10);
    expect(back.map(({ key }) => key)).toEqual(
      Array.from({ length: back.length }, (_, n) => `key ${300 - back.length + n}`),
    );
  });

  it('is empty when it was cleared, those that waited included', async () => {
    const directory = await filled(KEYS);
    const { spill } = await open(directory);
    spill.put('e', stored('e'));
    spill.clear();
    await spill.flush();
    expect(existsSync(fileIn(directory))).toBe(false);
    expect((await open(directory)).back).toEqual([]);
  });

  it('a file that is larger than it may be, or no file of ours, costs itself', async () => {
    const directory = await filled(KEYS);
    writeFileSync(fileIn(directory), 'x'.repeat(5000));
    const small = await open(directory, { bytesMax: 4000 });
    expect([small.back, small.spill.stats.torn, existsSync(fileIn(directory))]).toEqual([[], 1, false]);
    appendFileSync(fileIn(directory), 'WPC1 or so');
    expect((await open(directory)).back).toEqual([]);
  });

  it('where the folder cannot be had it fails, says so, and drops what comes', async () => {
    const directory = join(scratchFolder(), 'file');
    writeFileSync(directory, '');
    const { spill, failures } = await open(directory);
    expect(failures()).toBe(1);
    spill.put('a', stored('a'));
    await spill.flush();
    expect(spill.stats).toMatchObject({ lost: 1, written: 0, failures: 1 });
  });

  it.skipIf(!existsSync('/dev/full'))('a disk that is full loses what comes, and nothing else happens', async () => {
    const directory = scratchFolder();
    const { spill, failures } = await open(directory);
    symlinkSync('/dev/full', fileIn(directory));
    spill.put('a', stored('a'));
    await spill.flush();
    expect([failures(), spill.stats.lost]).toEqual([1, 1]);
  });
});
