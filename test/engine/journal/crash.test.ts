/** Every state that a crash can leave while a journal is written, rotated, recovered and cut: is all there that anyone was told of? */
import { describe, expect, it } from 'vitest';
import type { Disk } from '../../../engine/store/disk/index.ts';
import { replaceFile } from '../../../engine/store/disk/index.ts';
import { type CrashState, crashStates } from '../../support/disk/crash-states.ts';
import { failingDisk } from '../../support/disk/failing-disk.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { keyOf, pathsOf, type Tree, treeOf } from '../../support/disk/tree.ts';
import { withoutSync } from '../../support/disk/without-sync.ts';
import { FOLDER, fileOf, open, textsOf, withoutLock } from './journals.ts';

type Tell = (fact: string) => void;

interface Scenario {
  readonly name: string;
  readonly start: Tree;
  /** Facts are texts of acknowledged records. */
  readonly run: (disk: Disk, tell: Tell) => Promise<void>;
  /** All that may be found, in order: what is found begins with all that was told, and is of these without a hole. */
  readonly texts: readonly string[];
  /** May be found or not, whatever was told. */
  readonly doubtful?: string;
  /**
   * Numbers of syncs that keep no promise of this scenario: that of the recovery, which has a test of its own, and that of the
   * end of the journal, which tells damage from what a crash tore.
   */
  readonly harmless: readonly number[];
}

/** What stands for the pointer to a generation: up to which sequence it covers. */
const POINTER = 'CURRENT';
const cover = (disk: Disk, sequence: number): void => replaceFile(disk, POINTER, Buffer.from(String(sequence)));
const coveredOf = (disk: Disk): number =>
  disk.look(POINTER) === null ? 0 : Number(Buffer.from(disk.read(POINTER)).toString());

/** Ends in the middle of a frame. */
async function torn(): Promise<Tree> {
  const disk = new SimulatedDisk();
  const { append } = await open(disk);
  await append('1');
  await append(`2 ${'x'.repeat(900)}`);
  const bytes = disk.read(fileOf(1));
  disk.open(fileOf(1), 'create').write(bytes.subarray(0, bytes.length - 10));
  return withoutLock(disk.tree);
}

async function four(): Promise<Tree> {
  const disk = new SimulatedDisk();
  const { append, close } = await open(disk, { segmentBytesMax: 1100 });
  for (const text of ['1', '2', '3', '4']) await append(text);
  await close();
  return disk.tree;
}

/** Of several sectors and pages, so that it can be torn. */
const long = 'many words '.repeat(500);

const SCENARIOS: Scenario[] = [
  {
    name: 'appending, one by one and together, over a segment',
    harmless: [],
    start: treeOf({}),
    texts: ['1', '2', `3 ${long}`, '4', '5'],
    run: async (disk, tell) => {
      const { append } = await open(disk, { segmentBytesMax: 1200 });
      await append('1');
      tell('1');
      await append('2', `3 ${long}`);
      tell('2');
      tell(`3 ${long}`);
      await append('4', '5');
      tell('4');
      tell('5');
    },
  },
  {
    name: 'going on behind what an earlier crash tore',
    harmless: [0, 5],
    start: await torn(),
    texts: ['1', '3', '4'],
    run: async (disk, tell) => {
      tell('1');
      const { append, close } = await open(disk);
      await append('3');
      tell('3');
      await append('4');
      tell('4');
      await close();
    },
  },
  {
    name: 'removing what a generation covers, and going on',
    harmless: [0],
    start: await four(),
    texts: ['1', '2', '3', '4', '5', '6'],
    run: async (disk, tell) => {
      for (const text of ['1', '2', '3', '4']) tell(text);
      const { journal, append } = await open(disk, { segmentBytesMax: 1100 });
      await append('5');
      tell('5');
      await journal.rotate();
      cover(disk, 5);
      await journal.remove(5);
      await append('6');
      tell('6');
    },
  },
  {
    name: 'a sync that failed once',
    harmless: [],
    start: treeOf({}),
    texts: ['1', '3'],
    doubtful: `2 ${long}`,
    run: async (disk, tell) => {
      let syncs = 0;
      // Folder, header, and the frame of 1 are synced before.
      const { disk: failing } = failingDisk(disk, {
        code: 'EIO',
        at: 0,
        lasting: false,
        fails: (method) => method === 'sync' && ++syncs === 3,
      });
      const { append } = await open(failing);
      await append('1');
      tell('1');
      await expect(append(`2 ${long}`)).rejects.toMatchObject({ code: 'index_unwritable' });
      await append('3');
      tell('3');
    },
  },
];

/** What is wrong with a state, in words; null where everything that was promised holds. */
async function fault({ texts, doubtful }: Scenario, { tree, told }: CrashState): Promise<string | null> {
  const disk = new SimulatedDisk(withoutLock(tree));
  const sequence = coveredOf(disk);
  const found = async (at: Disk): Promise<{ texts: string[]; damage: readonly unknown[] }> => {
    // The history is told by the first segment; the generation's is always the same here.
    const history = await historyOf(at);
    const opened = await open(at, { covered: { history, sequence } });
    await opened.close();
    return { texts: textsOf(opened), damage: opened.recovery.damage };
  };
  const first = await found(disk);
  if (first.damage.length > 0) return `damage: ${JSON.stringify(first.damage)}`;
  const expected = texts.slice(texts.length - first.texts.length);
  const last = told.at(-1);
  const sure = first.texts.filter((text) => text !== doubtful);
  const reach = sure.length === 0 ? sequence : texts.indexOf(sure.at(-1)!) + 1;
  if (last !== undefined && reach < texts.indexOf(last) + 1) return `${last.slice(0, 9)} was told and is not there`;
  const run = texts.slice(reach - sure.length, reach);
  if (JSON.stringify(run) !== JSON.stringify(sure))
    return `a hole: ${sure.map((text) => text.slice(0, 9))}, not ${expected}`;
  if (reach - sure.length > sequence) return `begins behind what is covered: ${sure[0]?.slice(0, 9)}`;
  // A refused record is gone for certain when one behind it was acknowledged.
  if (doubtful !== undefined && first.texts.includes(doubtful) && sure.includes('3'))
    return 'a refused record came back';
  const second = await found(disk);
  if (JSON.stringify(second) !== JSON.stringify(first)) return 'the second recovery finds something else';
  const { append, close } = await open(disk, { covered: { history: await historyOf(disk), sequence } });
  await append('after');
  await close();
  const third = await found(disk);
  return third.texts.join() === [...first.texts, 'after'].join() ? null : `not after ${first.texts}: ${third.texts}`;
}

async function historyOf(disk: Disk): Promise<string> {
  const { journal, close } = await open(disk);
  await close();
  return journal.history;
}

async function faults(scenario: Scenario, states: readonly CrashState[], faultsMax: number): Promise<string[]> {
  const found: string[] = [];
  for (const state of states) {
    const what = await fault(scenario, state);
    if (what !== null)
      found.push(`${what}; told: ${state.told.map((text) => text.slice(0, 9))}; files: ${pathsOf(state.tree)}`);
    if (found.length === faultsMax) break;
  }
  return found;
}

/** Which process holds a folder is no part of what a crash leaves. */
function distinct(states: readonly CrashState[]): CrashState[] {
  const found = new Map<string, CrashState>();
  for (const { tree, told } of states) {
    const bare = withoutLock(tree);
    found.set(`${told.length} ${keyOf(bare)}`, { tree: bare, told });
  }
  return [...found.values()];
}
describe('after a crash at any moment', () => {
  it.each(SCENARIOS)('of $name all is there that was acknowledged, and nothing by half', async (scenario) => {
    const states = distinct(await crashStates(scenario.start, scenario.run));
    process.stdout.write(`${scenario.name}: ${states.length} crash states\n`);
    expect(states.length).toBeGreaterThan(10);
    expect(await faults(scenario, states, 3)).toEqual([]);
  });

  it('what a killed process had written and not synced is durable when the next one has served it', async () => {
    const run = async (disk: Disk, tell: Tell): Promise<void> => {
      const { append } = await open(withoutSync(disk, 4, { syncs: 0 }));
      await append('1');
      await append('2');
      // The process is gone, the machine is not.
      disk.unlink(`${FOLDER}/LOCK`);
      const { records } = await open(disk);
      for (const text of records.values()) tell(text);
    };
    const states = distinct(await crashStates(treeOf({}), run));
    expect(states.filter(({ told }) => told.length === 2).length).toBeGreaterThan(0);
    const scenario = { name: '', harmless: [], start: treeOf({}), texts: ['1', '2'], run };
    expect(await faults(scenario, states, 3)).toEqual([]);
  });
});

describe('every sync is needed', () => {
  it.each(SCENARIOS.slice(0, 3))('in $name: without it some crash breaks a promise', async (scenario) => {
    const count = { syncs: 0 };
    await scenario.run(withoutSync(new SimulatedDisk(scenario.start), -1, count), () => {});
    const harmless: number[] = [];
    for (let skipped = 0; skipped < count.syncs; skipped++) {
      const states = await crashStates(scenario.start, (disk, tell) =>
        scenario.run(withoutSync(disk, skipped, { syncs: 0 }), tell),
      );
      if ((await faults(scenario, distinct(states).toReversed(), 1)).length === 0) harmless.push(skipped);
    }
    expect(harmless).toEqual(scenario.harmless);
  });
});
