/** What was told to be durable is there after any crash, and a disk that refuses costs no line. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { DurableLines, ensureRecordFolder, patientDisk } from '../../../ops/durable/index.ts';
import { type CrashState, crashStates } from '../../support/disk/crash-states.ts';
import { failingDisk } from '../../support/disk/failing-disk.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { type Tree, treeOf } from '../../support/disk/tree.ts';
import { withoutSync } from '../../support/disk/without-sync.ts';
import { scratchFolder } from '../../support/scratch.ts';

const PATH = 'logs/lines';
const bytesOf = (text: string): Buffer => Buffer.from(`${text}\n`);
const contentOf = (tree: Tree): string | null => {
  const file = (tree.get('logs') as Tree).get('lines');
  return file === undefined ? null : Buffer.from(file as Uint8Array).toString();
};
const start = treeOf({ 'logs/': '' });

/** A few lines, two of them together, and another content in the place of all. */
async function story(disk: ConstructorParameters<typeof DurableLines>[0], tell: (fact: string) => void): Promise<void> {
  const lines = new DurableLines(disk, PATH, null);
  const append = async (text: string): Promise<void> => {
    if (await lines.append(bytesOf(text))) tell(text);
  };
  await append('one');
  await Promise.all([append('two'), append('three')]);
  await lines.replace(() => Buffer.from('two\nthree\n'));
  tell('compacted');
  await append('four');
}

/** Whether something that was told is not so. */
function breaks({ tree, told }: CrashState): boolean {
  const content = contentOf(tree) ?? '';
  if (told.includes('compacted') && content.includes('one')) return true;
  const needed = told.filter((fact) => fact !== 'compacted' && !(fact === 'one' && told.includes('three')));
  return needed.some((line) => !content.includes(`${line}\n`));
}

it('every line that was told is there in every state that a crash can leave', async () => {
  const states = await crashStates(start, story);
  expect(states.length).toBeGreaterThan(10);
  for (const state of states) expect(breaks(state), `after ${state.told.join(', ')}`).toBe(false);
});

it('each of its syncs is needed', async () => {
  const count = { syncs: 0 };
  await story(withoutSync(new SimulatedDisk(start), -1, count), () => {});
  expect(count.syncs).toBeGreaterThan(4);
  for (let skipped = 0; skipped < count.syncs; skipped++) {
    const states = await crashStates(start, (disk, tell) => story(withoutSync(disk, skipped, { syncs: 0 }), tell));
    expect(states.some(breaks), `without sync ${skipped}`).toBe(true);
  }
});

it.each(['ENOSPC', 'EIO'])(
  'with %s at any call nothing that was told is lost, and all of it is there once the disk takes it',
  async (code) => {
    for (let at = 0; ; at++) {
      const inner = new SimulatedDisk(start);
      const fails = (method: string): boolean =>
        ['open', 'write', 'sync', 'rename', 'syncFolder', 'read'].includes(method);
      const { disk, refused } = failingDisk(inner, { code, at, lasting: false, fails });
      const lines = new DurableLines(disk, PATH, null);
      const told: boolean[] = [];
      for (const text of ['one', 'two', 'three']) told.push(await lines.append(bytesOf(text)));
      await lines.flush();
      expect(contentOf(inner.tree), `call ${at} refused`).toBe('one\ntwo\nthree\n');
      expect(lines.waitingBytes).toBe(0);
      if (refused() === null) {
        expect(told).toEqual([true, true, true]);
        return;
      }
    }
  },
);

it('tells that a line is not durable while the disk refuses, and keeps it', async () => {
  const inner = new SimulatedDisk(start);
  let full = true;
  const { disk } = failingDisk(inner, {
    code: 'ENOSPC',
    at: 0,
    lasting: true,
    fails: (method) => full && method === 'write',
  });
  const lines = new DurableLines(disk, PATH, null);
  expect(await lines.append(bytesOf('one'))).toBe(false);
  expect(await lines.append(bytesOf('two'))).toBe(false);
  expect([lines.waitingBytes, lines.refusals]).toEqual([8, 2]);
  full = false;
  expect(await lines.append(bytesOf('three'))).toBe(true);
  expect(contentOf(inner.tree)).toBe('one\ntwo\nthree\n');
});

it('leaves out what a crash tore off behind the sound lines', async () => {
  const disk = new SimulatedDisk(treeOf({ [PATH]: 'one\ntw' }));
  const lines = new DurableLines(disk, PATH, 6, 4);
  await lines.append(bytesOf('two'));
  expect(contentOf(disk.tree)).toBe('one\ntwo\n');
});

it('keeps lines on the machine’s own disk, in order, and makes the folders it needs', async () => {
  const path = join(scratchFolder(), 'deep', 'er', 'lines');
  await ensureRecordFolder(patientDisk, dirname(path));
  expect(await patientDisk.look(path)).toBeNull();
  const lines = new DurableLines(patientDisk, path, null);
  const told = await Promise.all(Array.from({ length: 200 }, (_, n) => lines.append(bytesOf(String(n)))));
  expect(told.every(Boolean)).toBe(true);
  await lines.replace(() => Buffer.from('less\n'));
  await lines.append(bytesOf('more'));
  await lines.close();
  expect(readFileSync(path, 'utf8')).toBe('less\nmore\n');
  expect(await patientDisk.look(path)).toEqual({ bytes: 10 });
  expect(await patientDisk.list(dirname(path))).toEqual(['lines']);
  const next = new DurableLines(patientDisk, path, 10, 5);
  await next.append(bytesOf('else'));
  await next.close();
  expect(Buffer.from(await patientDisk.read(path)).toString()).toBe('less\nelse\n');
});

it('nobody waits for a disk that hangs, and the line is there once it goes on', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const simulated = new SimulatedDisk(start);
  let goOn = (): void => {};
  const hung = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const disk: ConstructorParameters<typeof DurableLines>[0] = {
    ...patientDisk,
    open: async (path, how) => {
      await hung;
      return simulated.open(path, how);
    },
    syncFolder: (path) => simulated.syncFolder(path),
  };
  const lines = new DurableLines(disk, PATH, null);
  const told = lines.append(bytesOf('one'));
  await vi.advanceTimersByTimeAsync(5000);
  expect([await told, lines.waitingBytes]).toEqual([false, 4]);
  goOn();
  await lines.flush();
  expect([contentOf(simulated.tree), lines.waitingBytes]).toEqual(['one\n', 0]);
});
