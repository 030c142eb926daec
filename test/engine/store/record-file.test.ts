import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { type RecordDirectory, RecordReader, RecordWriter } from '../../../engine/store/index.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';

const freshFolder = temporaryFolders();

interface Written {
  readonly path: string;
  readonly directory: RecordDirectory;
}

function written(records: readonly Uint8Array[]): Written {
  const path = join(freshFolder(), 'records.bin');
  const writer = new RecordWriter(path);
  for (const record of records) writer.add(record);
  const directory = writer.finish();
  writer.close();
  return { path, directory };
}

function readAll({ path, directory }: Written, cacheBytes = 0): Uint8Array[] {
  const reader = new RecordReader(path, directory, cacheBytes);
  try {
    return Array.from({ length: reader.records }, (_, record) => new Uint8Array(reader.read(record)));
  } finally {
    reader.close();
  }
}

const WORDS = 'the cache of a site keeps what was asked for until somebody writes to it again'.split(' ');
/** Prose of a kind: words in an order that a number decides. */
const prose = (seed: number, words: number): Buffer =>
  Buffer.from(
    Array.from({ length: words }, (_, n) => WORDS[(seed * 7 + n * (3 + (seed % 5))) % WORDS.length]).join(' '),
  );

const record = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(50), fc.nat(120)).map(([seed, words]) => new Uint8Array(prose(seed, words))),
  },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 4000, maxLength: 9000 }) },
);

describe('records in compressed blocks', () => {
  it('come back byte for byte, longer than a block, empty and incompressible ones too', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 60 }), fc.constantFrom(0, 5000, 2 ** 20), (records, cacheBytes) => {
        expect(readAll(written(records), cacheBytes)).toEqual(records);
      }),
    );
  });

  it('come back when there are more of them than the dictionary is cut from', () => {
    const records = Array.from({ length: 2000 }, (_, n) => prose(n, 160));
    const file = written(records);
    expect(Buffer.concat(records).length).toBeGreaterThan(1.5 * 2 ** 20);
    expect(file.directory.at[0]).toBe(16 + 16_384);
    const reader = new RecordReader(file.path, file.directory, 0);
    expect(records.every((record, number) => reader.read(number).equals(record))).toBe(true);
    reader.close();
    expect(statSync(file.path).size).toBe(file.directory.at.at(-1));
  });

  it('refuse a number that is none', () => {
    const { path, directory } = written([Buffer.from('one')]);
    const reader = new RecordReader(path, directory, 0);
    for (const number of [-1, 1, 0.5 + 1, Number.NaN]) expect(() => reader.read(number)).toThrow(RangeError);
    reader.close();
  });
});

describe('a damaged file of records', () => {
  const records = Array.from({ length: 200 }, (_, n) => (n % 9 === 0 ? randomBytes(50) : prose(n, 40)));
  const file = written(records);
  const whole = readFileSync(file.path);
  const damagedAt = (change: (bytes: Buffer) => void): Written => {
    const path = join(freshFolder(), 'records.bin');
    const bytes = Buffer.from(whole);
    change(bytes);
    writeFileSync(path, bytes);
    return { path, directory: file.directory };
  };

  it('is never read as something else: one wrong bit anywhere is an error with file, byte, expected and got', () => {
    fc.assert(
      fc.property(fc.nat(whole.length * 8 - 1), (bit) => {
        const damaged = damagedAt((bytes) => {
          bytes[bit >> 3]! ^= 1 << (bit & 7);
        });
        const error = errorOf(() => readAll(damaged));
        expect(error).toBeInstanceOf(EngineError);
        const { code, message, place } = error as EngineError;
        expect(code).toBe('index_damaged');
        expect(place).toMatchObject({ file: damaged.path, field: expect.stringMatching(/^byte \d+$/) });
        expect(message).toBe(
          `Cannot read records at ${place.field}: expected ${place.expected}, got ${place.value}: ${damaged.path}`,
        );
      }),
    );
  });

  it('names the block: what lies in others is still read', () => {
    const last = file.directory.at.at(-2)!;
    const reader = new RecordReader(
      ...argumentsOf(
        damagedAt((bytes) => {
          bytes[last]! ^= 1;
        }),
      ),
    );
    expect(new Uint8Array(reader.read(0))).toEqual(new Uint8Array(records[0]!));
    expect(() => reader.read(records.length - 1)).toThrow(`at byte ${last}: expected CRC-32 `);
    reader.close();
  });

  it('is noticed when it is cut under an open reader', () => {
    const copy = damagedAt(() => {});
    const reader = new RecordReader(...argumentsOf(copy));
    truncateSync(copy.path, whole.length - 1);
    expect(() => reader.read(records.length - 1)).toThrow(/expected \d+ bytes, got the end of the file after \d+/);
    reader.close();
  });

  it('is noticed when a block of the same file stands in the place of another', () => {
    const { at, first, inflated, crc } = file.directory;
    const swapped = { at, first, inflated, crc: crc.slice().reverse() };
    expect(() => readAll({ path: file.path, directory: swapped })).toThrow('expected CRC-32');
  });

  it('is noticed when a block is not as long as it was', () => {
    const inflated = file.directory.inflated.map((length, at) => (at === 0 ? length - 1 : length));
    expect(() => readAll({ path: file.path, directory: { ...file.directory, inflated } })).toThrow(
      'expected a block of',
    );
    const longer = file.directory.inflated.map((length, at) => (at === 0 ? length + 1 : length));
    expect(() => readAll({ path: file.path, directory: { ...file.directory, inflated: longer } })).toThrow(
      `expected a block of ${longer[0]} bytes, got ${longer[0]! - 1} bytes`,
    );
  });
});

const argumentsOf = ({ path, directory }: Written): [string, RecordDirectory, number] => [path, directory, 0];

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return null;
}
