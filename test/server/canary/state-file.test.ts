/** What was so is so after a crash; and of a file that cannot be read, everything is stopped. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { machineDisk } from '../../../engine/store/disk/index.ts';
import { Experiments } from '../../../server/canary/index.ts';
import { initialState } from '../../../server/canary/state.ts';
import { STATE_FILE, StateFile } from '../../../server/canary/state-file.ts';
import { crashStates } from '../../support/disk/crash-states.ts';
import { failingDisk } from '../../support/disk/failing-disk.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { arrangeDesk, FakeArms, settings, WHO } from './arrange.ts';

const read = (disk: SimulatedDisk) => new StateFile(disk, settings.directory).read(settings, 7);

describe('the state', () => {
  it('of every moment of a crash is the one before or the one that was told, and a stop that was told is there', async () => {
    const states = await crashStates(new Map(), async (disk, tell) => {
      const { desk } = arrangeDesk(disk);
      await desk.act({ kind: 'enable', name: 'rerank', given: {}, percentage: 5 }, WHO);
      tell('running');
      await desk.act({ kind: 'stop' }, WHO);
      tell('stopped');
      await desk.act({ kind: 'clear', to: 'restore' }, WHO);
      tell('cleared');
      await desk.settled();
    });
    expect(states.length).toBeGreaterThan(10);
    for (const { tree, told } of states) {
      const { state, damage } = read(new SimulatedDisk(tree));
      expect(damage).toBeNull();
      const [phase, stopped] = [state.experiments[0]!.phase, state.stop !== null];
      const last = told.at(-1);
      if (last === undefined) expect(stopped).toBe(false);
      if (last === 'running') expect(phase).toBe('running');
      if (last === 'stopped')
        expect([phase, stopped || state.events.at(-1)?.event === 'clear']).toEqual(['running', true]);
      if (last === 'cleared') expect([phase, stopped]).toEqual(['running', false]);
    }
  });

  it('that nobody has ever changed is the first one', () => {
    expect(read(new SimulatedDisk())).toEqual({ state: initialState(settings), damage: null });
  });

  it.each([
    ['cut', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 40)],
    ['empty', () => new Uint8Array()],
    [
      'changed in one byte',
      (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString().replace('"percentage":5', '"percentage":6')),
    ],
    ['of something else', () => Buffer.from('{"format":2}')],
  ])('%s stops everything, says why, and is kept aside', async (_, damaged) => {
    const disk = new SimulatedDisk();
    await arrangeDesk(disk).desk.act({ kind: 'enable', name: 'rerank', given: {}, percentage: 5 }, WHO);
    const path = `${settings.directory}/${STATE_FILE}`;
    const bytes = damaged(disk.read(path));
    const output = disk.open(path, 'create');
    output.write(bytes);
    const { state, damage } = read(disk);
    expect(state.stop).toMatchObject({ by: 'automatic', atMs: 7 });
    expect(damage).toContain(path);
    expect(Buffer.from(disk.read(`${path}.damaged`))).toEqual(Buffer.from(bytes));
    expect(read(disk)).toEqual({ state, damage: null });
  });

  it('that is damaged stops the next process, too, wherever the one that found it ended', async () => {
    const before = new SimulatedDisk();
    await arrangeDesk(before).desk.act({ kind: 'enable', name: 'rerank', given: {}, percentage: 5 }, WHO);
    before.open(`${settings.directory}/${STATE_FILE}`, 'create').write(Buffer.from('torn'));
    const states = await crashStates(before.tree, async (disk) => {
      new StateFile(disk, settings.directory).read(settings, 7);
    });
    expect(states.length).toBeGreaterThan(5);
    for (const { tree } of states) expect(read(new SimulatedDisk(tree)).state.stop).toMatchObject({ by: 'automatic' });
  });

  it('that is damaged is told of once the process has begun, and not while it is still put together', async () => {
    const reported: string[] = [];
    const directory = scratchFolder();
    writeFileSync(join(directory, STATE_FILE), 'torn');
    const experiments = new Experiments({
      ...{ settings: { ...settings, directory }, disk: machineDisk, arms: new FakeArms() },
      ...{ clock: { wallMs: () => 7, nowUs: () => 7 }, slowMs: 800, verySlowMs: 2000 },
      ...{ budgetLeft: () => true, loaded: () => false, announce: () => {}, newId: () => 'id' },
      report: (event) => void reported.push(event),
    });
    expect(reported).toEqual([]);
    expect(experiments.settled!.header).toBe('rerank=control;reason=stopped');
    await experiments.start();
    await experiments.close();
    expect(reported).toContain('canary_damaged');
  });

  it('that is damaged on a disk that takes nothing stops this process, and stays for the next', () => {
    const torn = new Map([[STATE_FILE, Buffer.from('torn')]]);
    const inner = new SimulatedDisk(new Map([[settings.directory, torn]]));
    const { disk } = failingDisk(inner, { code: 'EROFS', at: 0, lasting: true, fails: () => true });
    for (const on of [disk, inner]) {
      const { state } = new StateFile(on, settings.directory).read(settings, 7);
      expect(state.stop).toMatchObject({ by: 'automatic' });
    }
  });
});
