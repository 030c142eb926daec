/** A journal on a disk that works: what is appended, what is found again, and what is removed. */
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { openJournal } from '../../../engine/journal/index.ts';
import { Journal } from '../../../engine/journal/journal.ts';
import type { Writer } from '../../../engine/journal/writer.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { abandoned, FOLDER, fileOf, open, segmentsOf, textsOf } from './journals.ts';

const size = { segments: 1, bytes: 1 };

describe('a journal that is opened again', () => {
  it('has what was appended, in order and by sequence, over segments and restarts', async () => {
    const disk = new SimulatedDisk();
    const texts: string[] = [];
    for (let run = 0; run < 4; run++) {
      const opened = await open(disk, { segmentBytesMax: 1400 });
      expect(textsOf(opened)).toEqual(texts);
      expect([...opened.records.keys()]).toEqual(texts.map((_, at) => at + 1));
      expect(opened.recovery).toMatchObject({ damage: [], torn: null, records: texts.length });
      for (let at = 0; at < 9; at++) {
        const text = `run ${run} record ${at} ${'x'.repeat(at * 10)}`;
        await opened.append(text);
        texts.push(text);
      }
      await opened.close();
    }
    expect(segmentsOf(disk).length).toBeGreaterThan(6);
  });

  it('is the same where it was not closed', async () => {
    const disk = new SimulatedDisk();
    const first = await open(disk);
    await first.append('one', 'two');
    await first.append('');
    const found = await open(abandoned(disk));
    expect([...found.records]).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, ''],
    ]);
    expect(found.journal.history).toBe(first.journal.history);
    await found.append('four');
    expect(found.journal.durableSequence).toBe(4);
  });

  it('refuses a second process and one of another format', async () => {
    const disk = new SimulatedDisk();
    const opened = await open(disk);
    await opened.append('one');
    await expect(open(disk)).rejects.toMatchObject({ code: 'index_busy' });
    await opened.close();
    const bytes = Buffer.from(disk.read(fileOf(1)));
    // The format and the checksum over it, in both copies, as a later version would write them.
    const { crc32 } = await import('node:zlib');
    for (const at of [0, 512]) {
      bytes.writeUInt32LE(2, at + 12);
      bytes.writeUInt32LE(crc32(bytes.subarray(at + 12, at + 512)), at + 8);
    }
    disk.open(fileOf(1), 'create').write(bytes);
    await expect(open(disk)).rejects.toMatchObject({ code: 'index_foreign', place: { value: 2 } });
  });

  it('goes on behind what a generation of its history covers when nothing else is left', async () => {
    const covered = { history: '0123456789abcdef', sequence: 40 };
    const opened = await open(new SimulatedDisk(), { covered });
    expect(opened.journal.nextSequence).toBe(41);
  });
});

describe('removing what is covered', () => {
  it('takes whole segments, never the last, and what is left is whole', async () => {
    const disk = new SimulatedDisk();
    const opened = await open(disk, { segmentBytesMax: 1 });
    for (const text of ['1', '2', '3', '4', '5']) await opened.append(text);
    await opened.journal.remove(3);
    expect(segmentsOf(disk)).toEqual([4, 5]);
    await opened.journal.remove(5);
    expect(segmentsOf(disk)).toEqual([5]);
    await opened.journal.rotate();
    await opened.journal.rotate();
    await opened.journal.remove(5);
    expect(segmentsOf(disk)).toEqual([6]);
    expect(opened.journal.size.segments).toBe(1);
    await opened.close();
    const { history } = opened.journal;
    const again = await open(disk, { covered: { history, sequence: 5 } });
    expect(textsOf(again)).toEqual([]);
    expect(again.recovery.damage).toEqual([]);
    await again.append('6');
    expect(again.journal.durableSequence).toBe(6);
  });

  it('is told of as loss where no generation covers what is missing', async () => {
    const disk = new SimulatedDisk();
    const opened = await open(disk, { segmentBytesMax: 1 });
    for (const text of ['1', '2', '3', '4']) await opened.append(text);
    await opened.close();
    const { history } = opened.journal;
    disk.unlink(fileOf(2));
    const missing = { file: fileOf(2), offset: 0, bytes: null };
    const found = await open(disk);
    expect(textsOf(found)).toEqual(['1', '3', '4']);
    expect(found.recovery.damage).toEqual([{ ...missing, lost: { from: 2, to: 2 } }]);
    await found.close();
    disk.unlink(fileOf(1));
    for (const [sequence, damage] of [
      [0, [{ ...missing, lost: { from: 1, to: 2 } }]],
      [1, [{ ...missing, lost: { from: 2, to: 2 } }]],
      [2, []],
    ] as const) {
      const { recovery, records, close } = await open(disk, { covered: { history, sequence } });
      expect([...records.values()]).toEqual(['3', '4']);
      expect(recovery.damage).toEqual(damage);
      await close();
    }
    // A generation of another history covers nothing here.
    const foreign = await open(disk, { covered: { history: 'ffffffffffffffff', sequence: 9 } });
    expect(foreign.recovery.damage).toHaveLength(1);
  });
});

/** A writer that waits to be told. */
function gatedWriter(): { writer: Writer; frames: number[]; next: (error?: Error) => void } {
  const frames: number[] = [];
  let settle: (error?: Error) => void = () => {};
  const writer: Writer = {
    append: (frame) => {
      frames.push(frame.readUInt32LE(24));
      return new Promise((resolve, reject) => {
        settle = (error) => (error === undefined ? resolve(size) : reject(error));
      });
    },
    rotate: async () => size,
    remove: async () => size,
    close: async () => {},
  };
  return { writer, frames, next: (error) => settle(error) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('group commit', () => {
  it('writes for one at once and for all that came meanwhile together', async () => {
    const { writer, frames, next } = gatedWriter();
    const seen: number[] = [];
    const listener = { durable: (sequence: number) => seen.push(sequence), refused: () => {} };
    const journal = new Journal(writer, { history: '', sequence: 1, size }, listener);
    const first = journal.append(Buffer.from('1'));
    await turn();
    const rest = ['2', '3', '4'].map((text) => journal.append(Buffer.from(text)));
    let waited = false;
    const last = journal.whenDurable(4).then(() => {
      waited = true;
    });
    await turn();
    expect([frames, seen, waited]).toEqual([[1], [], false]);
    next();
    await first.durable;
    await turn();
    expect([frames, seen, waited]).toEqual([[1, 3], [1], false]);
    next();
    await Promise.all(rest.map(({ durable }) => durable));
    await last;
    expect(seen).toEqual([1, 4]);
    await journal.whenDurable(2);
  });

  it('refuses all that was behind a refused frame, and gives their sequences out again', async () => {
    const { writer, frames, next } = gatedWriter();
    let refused = 0;
    const listener = { durable: () => {}, refused: () => (refused += 1) };
    const journal = new Journal(writer, { history: '', sequence: 1, size }, listener);
    const outcomes = Promise.allSettled([journal.append(Buffer.from('1')).durable]);
    await turn();
    const later = Promise.allSettled([journal.append(Buffer.from('2')).durable, journal.whenDurable(2)]);
    next(new EngineError('index_unwritable', 'Disk full'));
    for (const outcome of [...(await outcomes), ...(await later)]) expect(outcome.status).toBe('rejected');
    expect([refused, frames, journal.durableSequence]).toEqual([1, [1], 0]);
    const again = journal.append(Buffer.from('3'));
    expect(again.sequence).toBe(1);
    await turn();
    next();
    await again.durable;
    expect(journal.durableSequence).toBe(1);
  });

  it('lets whoever rotates have his turn though others append all the time', async () => {
    const disk = new SimulatedDisk();
    const { journal } = await open(disk);
    let going = true;
    const appending = (async () => {
      while (going) await journal.append(Buffer.from('x')).durable;
    })();
    await journal.rotate();
    going = false;
    await appending;
    expect(segmentsOf(disk).length).toBeLessThanOrEqual(2);
  });

  it('splits what is more than a frame may hold, and takes a record of any length', async () => {
    const disk = new SimulatedDisk();
    const opened = await open(disk);
    const texts = ['a', 'b', 'c'].map((letter) => letter.repeat(3_000_000));
    await opened.append(...texts);
    await opened.close();
    expect(textsOf(await open(disk))).toEqual(texts);
  });
});

it('an append after the end is refused, and the end waits for what came before it', async () => {
  const disk = new SimulatedDisk();
  const { journal, close } = await open(disk);
  const { durable } = journal.append(Buffer.from('one'));
  await close();
  await durable;
  expect(() => journal.append(Buffer.from('two'))).toThrow(EngineError);
  await close();
});

it('a real disk and a thread of its own are not needed to read: the folder is made where it is missing', async () => {
  const disk = new SimulatedDisk();
  const options = { segmentBytesMax: 1e6, covered: null, take: () => {}, writer: 'inline', disk } as const;
  const listener = { durable: () => {}, refused: () => {} };
  const { close } = await openJournal({ folder: `${FOLDER}/of/a/site`, listener, ...options });
  await close();
  expect(disk.look(`${FOLDER}/of/a/site`)?.kind).toBe('folder');
});
