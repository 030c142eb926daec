/** The disk refuses, at every single call: what is said, and what is there afterwards? */
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { failingDisk } from '../../support/disk/failing-disk.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { abandoned, open, textsOf } from './journals.ts';

const WRITES = ['makeFolder', 'open', 'rename', 'link', 'unlink', 'removeFolder', 'write'];
const SYNCS = ['sync', 'syncFile', 'syncFolder'];
const READS = ['read', 'list', 'look', 'openInput'];

/** A full disk takes what makes it no fuller, and a read-only one can be synced and read. */
const CODES: Record<string, readonly string[]> = {
  ENOSPC: ['makeFolder', 'open', 'link', 'write', ...SYNCS],
  EROFS: WRITES,
  EIO: [...WRITES, ...SYNCS, ...READS],
};

const BEFORE = ['1', '2'];

/** Left by a process that was killed. */
async function start(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  const { append } = await open(disk);
  for (const text of BEFORE) await append(text);
  return abandoned(disk);
}

describe('a disk that refuses', () => {
  it.each(Object.keys(CODES).flatMap((code) => [false, true].map((lasting) => [code, lasting] as const)))(
    '%s at any call (for good: %s) loses nothing that was acknowledged, and says so',
    async (code, lasting) => {
      let refusals = 0;
      for (let at = 0; ; at++) {
        const disk = await start();
        const fails = (method: string): boolean => CODES[code]!.includes(method);
        const failing = failingDisk(disk, { code, at, lasting, fails });
        const acknowledged = [...BEFORE];
        const refused: string[] = [];
        const what = `${code} at call ${at}`;
        const note = (error: unknown): void => {
          refusals += 1;
          expect(error, `${what}: ${error}`).toBeInstanceOf(EngineError);
          expect((error as EngineError).code, what).toMatch(/^index_(unwritable|unreadable)$/);
        };
        try {
          const opened = await open(failing.disk, { segmentBytesMax: 1060 });
          expect(textsOf(opened), what).toEqual(BEFORE);
          for (const text of ['3', '4', '5']) {
            await opened.append(text).then(
              () => acknowledged.push(text),
              (error: unknown) => {
                refused.push(text);
                note(error);
              },
            );
          }
          await opened.journal.rotate().catch(note);
          await opened.close().catch(note);
        } catch (error) {
          note(error);
        }
        if (failing.refused() === null) break;
        // The disk is well again.
        const found = await open(abandoned(disk));
        expect(found.recovery.damage, what).toEqual([]);
        const sure = textsOf(found).filter((text) => !refused.includes(text));
        expect(sure, `${what}, ${failing.refused()}`).toEqual(acknowledged);
        if (!lasting) expect(refused.length, what).toBeLessThanOrEqual(acknowledged.length === 2 ? 3 : 1);
        await found.append('after');
      }
      expect(refusals).toBeGreaterThan(3);
    },
  );

  it('takes records as soon as there is room, in another file than the one it refused', async () => {
    const inner = await start();
    let full = false;
    const { disk } = failingDisk(inner, {
      code: 'ENOSPC',
      at: 0,
      lasting: true,
      fails: (method) => full && CODES['ENOSPC']!.includes(method),
    });
    const opened = await open(disk);
    await opened.append('3');
    full = true;
    for (const text of ['4', '5'])
      await expect(opened.append(text)).rejects.toMatchObject({ code: 'index_unwritable', place: { value: 'ENOSPC' } });
    full = false;
    await opened.append('6');
    expect(opened.journal.durableSequence).toBe(4);
    expect(textsOf(await open(abandoned(inner)))).toEqual(['1', '2', '3', '6']);
  });

  it('that only reads lets what is there be read, and refuses others with the reason', async () => {
    const inner = await start();
    const { disk } = failingDisk(inner, {
      code: 'EROFS',
      at: 0,
      lasting: true,
      fails: (method) => WRITES.includes(method),
    });
    const opened = await open(disk);
    expect(textsOf(opened)).toEqual(BEFORE);
    await expect(opened.append('3')).rejects.toMatchObject({ code: 'index_unwritable', place: { value: 'EROFS' } });
    await opened.close();
  });
});
