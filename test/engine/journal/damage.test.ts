/** Every byte of a small journal, flipped or cut off: what is wrong is told with its place, and all else is served. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { damageError } from '../../../engine/journal/index.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import type { Tree } from '../../support/disk/tree.ts';
import { abandoned, FOLDER, fileOf, type OpenedForTest, open, segmentsOf, withoutLock } from './journals.ts';

const HEADER_BYTES = 1024;
const TEXTS = ['1', '2 and more', '3', '4', '5 of some length', '6', '7'];

/** Segments of two or three frames each; `ended` in order, or left by a process that was killed. */
async function journalOf(ended: boolean): Promise<Tree> {
  const disk = new SimulatedDisk();
  const { append, close } = await open(disk, { segmentBytesMax: HEADER_BYTES + 100 });
  await append(TEXTS[0]!);
  await append(TEXTS[1]!, TEXTS[2]!);
  for (const text of TEXTS.slice(3)) await append(text);
  if (ended) await close();
  return withoutLock(disk.tree);
}

let ended: Tree;
let killed: Tree;
beforeAll(async () => {
  ended = await journalOf(true);
  killed = await journalOf(false);
});

/** The tree with one file changed. */
function changed(tree: Tree, number: number, change: (bytes: Uint8Array) => Uint8Array): SimulatedDisk {
  const disk = new SimulatedDisk(tree);
  const bytes = change(disk.read(fileOf(number)));
  const output = disk.open(fileOf(number), 'create');
  output.write(bytes);
  output.sync();
  return disk;
}

/** All that is found is as it was written, and what is not found is told of; returns how many are not. */
function missingOf({ records, recovery }: OpenedForTest, what: string): number {
  for (const [sequence, text] of records) expect(text, what).toBe(TEXTS[sequence - 1]);
  const { damage, torn } = recovery;
  const lost = (sequence: number): boolean =>
    damage.some(({ lost: range }) => range !== null && sequence >= range.from && sequence <= (range.to ?? Infinity));
  for (const [at, text] of TEXTS.entries()) {
    if (records.has(at + 1)) continue;
    expect(lost(at + 1) || torn !== null, `${what}: ${text} is missing and nothing says so`).toBe(true);
  }
  return TEXTS.length - records.size;
}

/** Goes on with the journal, and opens it once more: the same is found, and what was added. */
async function goesOn(disk: SimulatedDisk, first: OpenedForTest, what: string): Promise<void> {
  await first.append('after');
  const again = await open(abandoned(disk));
  expect([...again.records.values()], what).toEqual([...first.records.values(), 'after']);
  const added = [...again.records.keys()].at(-1)!;
  for (const sequence of first.records.keys()) expect(added, what).toBeGreaterThan(sequence);
}

describe('one flipped bit', () => {
  it('in a journal that was ended costs at most the frame it is in, and is told with file and place', async () => {
    let costly = 0;
    for (const number of segmentsOf(new SimulatedDisk(ended))) {
      const length = new SimulatedDisk(ended).read(fileOf(number)).length;
      for (let at = 0; at < length; at++) {
        const what = `segment ${number} byte ${at}`;
        const disk = changed(ended, number, (bytes) =>
          bytes.map((byte, place) => (place === at ? byte ^ (1 << (at % 8)) : byte)),
        );
        const opened = await open(disk);
        const missing = missingOf(opened, what);
        const last = number === segmentsOf(disk).at(-1) && at >= length - 32;
        // The last frame has no records: flipped, it is as if the process had been killed.
        expect(opened.recovery.damage.length, what).toBe(last ? 0 : 1);
        expect(missing, what).toBeLessThanOrEqual(2);
        if (missing > 0) costly += 1;
        for (const damage of opened.recovery.damage) {
          expect(damage.file, what).toBe(fileOf(number));
          expect(at, what).toBeGreaterThanOrEqual(damage.offset);
          expect(at, what).toBeLessThan(damage.offset + damage.bytes!);
          expect(damageError(damage)).toMatchObject({
            code: 'index_damaged',
            place: { file: fileOf(number), value: damage.offset },
          });
        }
        if (at % 16 === 0) await goesOn(disk, opened, what);
      }
    }
    expect(costly).toBeGreaterThan(200);
  });

  it('in the last frame of a killed process is what a crash may leave, and nothing before it is lost', async () => {
    const number = segmentsOf(new SimulatedDisk(killed)).at(-1)!;
    const length = new SimulatedDisk(killed).read(fileOf(number)).length;
    for (let at = HEADER_BYTES; at < length; at++) {
      const disk = changed(killed, number, (bytes) => bytes.map((byte, place) => (place === at ? byte ^ 1 : byte)));
      const opened = await open(disk);
      expect(missingOf(opened, `byte ${at}`)).toBeLessThanOrEqual(1);
      expect(opened.recovery.torn === null).not.toBe(opened.recovery.damage.length === 0);
    }
  });
});

describe('a file that was cut', () => {
  it('at any length loses no more than what was behind, and goes on', async () => {
    for (const tree of [ended, killed]) {
      for (const number of segmentsOf(new SimulatedDisk(tree))) {
        const { length } = new SimulatedDisk(tree).read(fileOf(number));
        const newest = number === segmentsOf(new SimulatedDisk(tree)).at(-1);
        for (let kept = 0; kept < length; kept++) {
          const what = `segment ${number} cut to ${kept}`;
          const disk = changed(tree, number, (bytes) => bytes.subarray(0, kept));
          const opened = await open(disk);
          for (const [sequence, text] of opened.records) expect(text, what).toBe(TEXTS[sequence - 1]);
          // Of the newest nobody knows how long it was: cut between two frames it is whole.
          if (!newest) {
            missingOf(opened, what);
            expect(opened.recovery.damage.length, what).toBeGreaterThan(0);
          }
          if (kept % 64 === 0) await goesOn(disk, opened, what);
        }
      }
    }
  });
});

it('a segment of which nothing can be read is counted as full, so that no sequence comes again', async () => {
  const number = segmentsOf(new SimulatedDisk(ended)).at(-1)!;
  const disk = changed(ended, number, (bytes) => bytes.fill(7, 0, HEADER_BYTES));
  const opened = await open(disk);
  expect(opened.recovery.damage).toMatchObject([{ file: fileOf(number), bytes: null, lost: { to: null } }]);
  expect(opened.journal.nextSequence).toBeGreaterThan(TEXTS.length);
  await goesOn(disk, opened, 'without a header');
});

it('what was damaged is moved aside and not removed when a generation covers it', async () => {
  const disk = changed(ended, 1, (bytes) =>
    bytes.map((byte, place) => (place === HEADER_BYTES + 40 ? byte ^ 1 : byte)),
  );
  const opened = await open(disk);
  expect(opened.recovery.damage).toHaveLength(1);
  await opened.append('after');
  await opened.journal.rotate();
  await opened.journal.remove(opened.journal.durableSequence);
  expect(disk.list(FOLDER).filter((name) => name.startsWith('0'))).toEqual([
    '0000000001.log.damaged',
    expect.stringMatching(/^0+4\.log$/),
  ]);
});

describe('any bytes at all', () => {
  it('are read without harm: what is found was written, or the answer is an error with a code', async () => {
    const spans = fc.array(
      fc.record({
        file: fc.nat(),
        at: fc.nat(),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 80 }),
        cut: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    );
    const numbers = segmentsOf(new SimulatedDisk(ended));
    const property = fc.asyncProperty(spans, async (changes) => {
      let tree = ended;
      for (const { file, at, bytes, cut } of changes) {
        tree = changed(tree, numbers[file % numbers.length]!, (old) => {
          const from = at % (old.length + 1);
          if (cut) return old.subarray(0, from);
          const next = new Uint8Array(Math.max(old.length, from + bytes.length));
          next.set(old);
          next.set(bytes, from);
          return next;
        }).tree;
      }
      const disk = new SimulatedDisk(tree);
      try {
        const opened = await open(disk);
        for (const [sequence, text] of opened.records) expect(text).toBe(TEXTS[sequence - 1]);
        await goesOn(disk, opened, 'after damage');
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
      }
    });
    await fc.assert(property, { numRuns: Number(process.env['JOURNAL_FUZZ_RUNS'] ?? 500) });
  });
});
