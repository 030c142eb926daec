/** The disk refuses, at every single call: what is said, and what serves then? */
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import type { Disk } from '../../../engine/store/disk/index.ts';
import {
  leaseGeneration,
  lockIndex,
  openServing,
  pruneGenerations,
  swapGeneration,
  unwritable,
  verifyCurrent,
} from '../../../engine/store/index.ts';
import { failingDisk } from '../../support/disk/failing-disk.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { publish, START_MS } from './generation-folders.ts';

const INDEX = 'site/index';
const OLD = '20260102-030405';
const NEW = '20260102-030406';

const WRITES = ['makeFolder', 'open', 'rename', 'link', 'unlink', 'removeFolder', 'write'];
const SYNCS = ['sync', 'syncFile', 'syncFolder'];
const READS = ['read', 'list', 'look', 'openInput'];

/** A full disk takes what makes it no fuller, and a read-only one can be synced and read. */
const CODES: Record<string, readonly string[]> = {
  ENOSPC: ['makeFolder', 'open', 'link', 'write', ...SYNCS],
  EROFS: WRITES,
  EIO: [...WRITES, ...SYNCS, ...READS],
};

const ACTIONS: Record<string, (disk: Disk) => Promise<unknown>> = {
  'a build that prunes': async (disk) => {
    const unlock = lockIndex(INDEX, disk);
    try {
      await publish(INDEX, START_MS + 1000, disk);
      pruneGenerations(INDEX, 1, disk);
    } catch (error) {
      // As a build does with what its own writing throws.
      throw unwritable(INDEX, error);
    } finally {
      unlock();
    }
  },
  'a swap': (disk) => swapGeneration(INDEX, OLD, disk),
  'an opening': (disk) => openServing(INDEX, disk),
};

/** One generation, or with a second one that serves and is damaged. */
async function start(action: string): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  await publish(INDEX, START_MS, disk);
  if (action === 'a build that prunes') return disk;
  await publish(INDEX, START_MS + 1000, disk);
  if (action === 'an opening') disk.open(`${INDEX}/generations/${NEW}/posts.bin`, 'create').write(new Uint8Array(300));
  return disk;
}

const outcome = async (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => null,
    (error: unknown) => error,
  );

describe.each(Object.keys(ACTIONS))('%s', (action) => {
  it.each(
    Object.keys(CODES).flatMap(
      (code) =>
        [
          [code, false],
          [code, true],
        ] as const,
    ),
  )('when %s comes at any call (for good: %s) says so, and a whole generation serves', async (code, lasting) => {
    const fails = (method: string): boolean => CODES[code]!.includes(method);
    const run = ACTIONS[action]!;
    let refusals = 0;
    for (let at = 0; ; at++) {
      const disk = await start(action);
      const failing = failingDisk(disk, { code, at, lasting, fails });
      const error = await outcome(run(failing.disk));
      if (failing.refused() === null) break;
      if (error !== null) {
        refusals += 1;
        expect(error, `${code} at call ${at}, ${failing.refused()}: ${error}`).toBeInstanceOf(EngineError);
        const { code: said, message } = error as EngineError;
        expect(said).toMatch(/^index_(unwritable|unreadable|damaged|missing|busy)$/);
        expect(message).toMatch(/^[A-Z]/);
      }
      // The disk is well again.
      const { manifest } = await openServing(INDEX, disk);
      expect([OLD, NEW]).toContain(manifest.generation);
      await expect(publish(INDEX, START_MS + 9000, disk)).resolves.toBe('20260102-030414');
      expect((await verifyCurrent(INDEX, disk)).manifest.generation).toBe('20260102-030414');
    }
    if (action !== 'an opening') expect(refusals).toBeGreaterThan(3);
  });
});

describe('a disk that only reads', () => {
  it('serves the last good generation all the same, and says what it could not put right', async () => {
    const inner = await start('an opening');
    const { disk } = failingDisk(inner, {
      code: 'EROFS',
      at: 0,
      lasting: true,
      fails: (method) => WRITES.includes(method),
    });
    const { manifest, fallback } = await openServing(INDEX, disk);
    expect(manifest.generation).toBe(OLD);
    expect(fallback).toMatchObject({ serving: OLD, quarantined: [], unmoved: expect.stringContaining('EROFS') });
    expect(() => leaseGeneration(INDEX, OLD, disk)()).not.toThrow();
  });
});
