/** Every state that a crash can leave while an index is built, swapped, pruned or put right: what serves then? */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import type { Disk } from '../../../engine/store/disk/index.ts';
import { openServing, pruneGenerations, swapGeneration } from '../../../engine/store/index.ts';
import { listGenerations } from '../../../engine/store/names.ts';
import { checkGeneration } from '../../../engine/store/serving.ts';
import { type CrashState, crashStates } from '../../support/disk/crash-states.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { pathsOf, type Tree, treeOf } from '../../support/disk/tree.ts';
import { withoutSync } from '../../support/disk/without-sync.ts';
import { publish, START_MS } from './generation-folders.ts';

const INDEX = 'site/index';
const OLD = '20260102-030405';
const NEW = '20260102-030406';

type Tell = (fact: string) => void;
type Run = (disk: Disk, tell: Tell) => Promise<void>;

/** Facts are names of generations: the last that was told serves, or one that was being published since. */
interface Scenario {
  readonly name: string;
  readonly start: Tree;
  /** What serves before, and may serve until another is told. */
  readonly serves: string | null;
  /** What is being made to serve. */
  readonly next: string | null;
  readonly run: Run;
}

async function after(start: Tree, run: (disk: Disk) => Promise<unknown>): Promise<Tree> {
  const disk = new SimulatedDisk(start);
  await run(disk);
  return disk.tree;
}

const nothing = treeOf({});
const one = await after(nothing, (disk) => publish(INDEX, START_MS, disk));
const two = await after(one, (disk) => publish(INDEX, START_MS + 1000, disk));
const twoDamaged = await after(two, async (disk) => {
  const output = disk.open(join(INDEX, 'generations', NEW, 'posts.bin'), 'create');
  output.write(new Uint8Array(300));
});

const SCENARIOS: Scenario[] = [
  {
    name: 'the first build',
    start: nothing,
    serves: null,
    next: OLD,
    run: async (disk, tell) => tell(await publish(INDEX, START_MS, disk)),
  },
  {
    name: 'a build that prunes what served',
    start: one,
    serves: OLD,
    next: NEW,
    run: async (disk, tell) => {
      // Of several sectors and pages, so that it can be torn.
      tell(await publish(INDEX, START_MS + 1000, disk, 'many words '.repeat(900)));
      pruneGenerations(INDEX, 1, disk);
    },
  },
  {
    name: 'a swap back, under the lock',
    start: two,
    serves: NEW,
    next: OLD,
    run: async (disk, tell) => {
      await swapGeneration(INDEX, OLD, disk);
      tell(OLD);
    },
  },
  {
    name: 'putting right a damaged index',
    start: twoDamaged,
    serves: OLD,
    next: null,
    run: async (disk) => {
      await openServing(INDEX, disk);
    },
  },
];

/** What is wrong with a state, in words; null where everything that was promised holds. */
async function fault({ serves, next, start }: Scenario, { tree, told }: CrashState): Promise<string | null> {
  const disk = new SimulatedDisk(tree);
  const promised = told.at(-1) ?? null;
  let served: string | null = null;
  try {
    const { manifest, fallback } = await openServing(INDEX, disk);
    served = manifest.generation;
    if (fallback !== null && start !== twoDamaged) return `${served} serves since ${JSON.stringify(fallback.damage)}`;
  } catch (error) {
    if (!(error instanceof EngineError && error.code === 'index_missing')) return String(error);
  }
  const allowed = promised === null ? [serves, next] : [promised];
  if (!allowed.includes(served)) return `${served} serves, not ${allowed.join(' or ')}`;
  // Until it is moved aside, what was damaged before is damaged still.
  for (const name of start === twoDamaged ? [] : listGenerations(disk, INDEX).whole) {
    const damage = await checkGeneration(INDEX, name, disk).then(() => null, String);
    if (damage !== null) return damage;
  }
  const built = await publish(INDEX, START_MS + 5000, disk);
  const { manifest } = await openServing(INDEX, disk);
  return manifest.generation === built ? null : `${manifest.generation} serves after the next build`;
}

async function faults(scenario: Scenario, states: readonly CrashState[], faultsMax: number): Promise<string[]> {
  const found: string[] = [];
  for (const state of states) {
    const what = await fault(scenario, state);
    if (what !== null) found.push(`${what}; told: ${state.told}; files: ${pathsOf(state.tree).join(' ')}`);
    if (found.length === faultsMax) break;
  }
  return found;
}

describe('after a crash at any moment', () => {
  it.each(SCENARIOS)('of $name a whole generation serves, and no acknowledged one is lost', async (scenario) => {
    const states = await crashStates(scenario.start, scenario.run);
    process.stdout.write(`${scenario.name}: ${states.length} crash states\n`);
    expect(states.length).toBeGreaterThan(10);
    expect(await faults(scenario, states, 3)).toEqual([]);
  });
});

describe('every sync is needed', () => {
  it.each(SCENARIOS.slice(0, 3))('in $name: without any one of them some crash breaks a promise', async (scenario) => {
    const count = { syncs: 0 };
    await scenario.run(withoutSync(new SimulatedDisk(scenario.start), -1, count), () => {});
    const total = count.syncs;
    expect(total).toBeGreaterThan(1);
    const harmless: number[] = [];
    for (let skipped = 0; skipped < total; skipped++) {
      const states = await crashStates(scenario.start, (disk, tell) =>
        scenario.run(withoutSync(disk, skipped, { syncs: 0 }), tell),
      );
      // The last ones first: that is where what was told is missing.
      if ((await faults(scenario, states.toReversed(), 1)).length === 0) harmless.push(skipped);
    }
    expect(harmless).toEqual([]);
  });
});
