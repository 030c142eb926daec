/** Every state that a crash can leave while a backup is made, pruned or restored: what is listed then, and what serves? */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { sha256Of } from '../../../engine/backup/names.ts';
import { pruneBackups } from '../../../engine/backup/prune.ts';
import { undoRestore } from '../../../engine/backup/undo.ts';
import type { Disk } from '../../../engine/store/disk/index.ts';
import { openServing } from '../../../engine/store/index.ts';
import { type CrashState, crashStates } from '../../support/disk/crash-states.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { pathsOf, type Tree, treeOf } from '../../support/disk/tree.ts';
import { put } from '../changes/sites.ts';
import { publish, START_MS, write } from '../store/generation-folders.ts';
import { changedIn, live } from './lived-site.ts';
import { backUp, clockAt, faultOfBackups, INDEX, portsAt, repositoryOn, restore } from './small-site.ts';

/** Of so many states one is also gone on from: that takes ten times as long. */
const GOES_ON_EACH = 31;

type Tell = (fact: string) => void;

/** Facts are ids of backups that must be there, `gone ID` of one that must not, or `serves NAME`. */
interface Scenario {
  readonly name: string;
  readonly start: Tree;
  /** What may serve; the last one after it was told. */
  readonly serving: readonly string[];
  /** What the journal says that goes with each: texts by id. */
  readonly changed?: Readonly<Record<string, Record<string, string>>>;
  readonly run: (disk: Disk, tell: Tell) => Promise<void>;
}

async function after(start: Tree, run: (disk: Disk) => Promise<unknown>): Promise<Tree> {
  const disk = new SimulatedDisk(start);
  await run(disk);
  return disk.tree;
}

const OLD = '20260102-030405';
const NEW = '20260102-030406';
const RESTORED = '20260102-030407';

const one = await after(treeOf({}), (disk) => publish(INDEX, START_MS, disk));
const backedUp = await after(one, (disk) => backUp(disk));
const two = await after(backedUp, (disk) => publish(INDEX, START_MS + 1000, disk));
const both = await after(two, (disk) => backUp(disk, portsAt(START_MS + 1000)));
const idsOf = async (tree: Tree): Promise<string[]> => (await repositoryOn(new SimulatedDisk(tree))).ids();
const [first] = await idsOf(backedUp);
const [, second] = await idsOf(both);

/** Backed up, and changed then: a second backup adds nothing but the journal. */
const lived = await after(one, async (disk) => {
  disk.makeFolder(`${INDEX}/source`);
  for (const name of ['state.json', 'posts.jsonl'])
    write(disk, `${INDEX}/source/${name}`, Buffer.from(`then: ${name}`));
  await backUp(disk);
  const site = await live(disk, OLD);
  await site.apply(put('a', 'one'));
  await site.close();
});
/** A backup of that, and later changes of documents and of the source. */
const livedOn = await after(lived, async (disk) => {
  await backUp(disk, portsAt(START_MS + 1000));
  const site = await live(disk, OLD);
  await site.apply(put('a', 'two'));
  for (const name of ['state.json', 'posts.jsonl']) write(disk, `${INDEX}/source/${name}`, Buffer.from(`now: ${name}`));
  await site.close();
});
const [, ofLived] = await idsOf(livedOn);
const restored = await after(livedOn, (disk) => restore(disk, ofLived!, portsAt(START_MS + 2000)));

/** What a run leaves that was killed: an object whose name nobody has made durable. */
async function interrupted(disk: Disk): Promise<void> {
  const bytes = disk.read(`${INDEX}/generations/${NEW}/documents.bin`);
  await (await repositoryOn(disk)).putObject(sha256Of(bytes), bytes);
}

const SCENARIOS: Scenario[] = [
  {
    name: 'the first backup',
    start: one,
    serving: [OLD],
    run: async (disk, tell) => tell((await backUp(disk)).id),
  },
  {
    name: 'a second one of another generation',
    start: two,
    serving: [NEW],
    run: async (disk, tell) => tell((await backUp(disk, portsAt(START_MS + 1000))).id),
  },
  {
    name: 'one that uses what an interrupted run left',
    start: two,
    serving: [NEW],
    run: async (disk, tell) => {
      await interrupted(disk);
      tell((await backUp(disk, portsAt(START_MS + 1000))).id);
    },
  },
  {
    name: 'a prune to the last one',
    start: both,
    serving: [NEW],
    run: async (disk, tell) => {
      const repository = await repositoryOn(disk);
      const policy = { keepLast: 1, keepDaily: 0, keepWeekly: 0 };
      const { forgotten, objects } = await pruneBackups({ repository, policy, dryRun: false }, portsAt(START_MS + 1e7));
      expect([forgotten, objects]).toEqual([[first], 3]);
      tell(second!);
      tell(`gone ${first}`);
    },
  },
  {
    name: 'a restore',
    start: both,
    serving: [NEW, RESTORED],
    run: async (disk, tell) => {
      const { generation } = await restore(disk, first!, portsAt(START_MS + 2000));
      tell(`serves ${generation}`);
    },
  },
  {
    name: 'a backup of what changed',
    start: lived,
    serving: [OLD],
    changed: { [OLD]: { a: 'one' } },
    run: async (disk, tell) => tell((await backUp(disk, portsAt(START_MS + 1000))).id),
  },
  {
    name: 'a restore of what changed',
    start: livedOn,
    serving: [OLD, RESTORED],
    changed: { [OLD]: { a: 'two' }, [RESTORED]: { a: 'one' } },
    run: async (disk, tell) => {
      const { generation } = await restore(disk, ofLived!, portsAt(START_MS + 2000));
      expect(Buffer.from(disk.read(`${INDEX}/source/state.json`)).toString()).toBe('then: state.json');
      tell(`serves ${generation}`);
    },
  },
  {
    name: 'the undoing of that',
    start: restored,
    serving: [RESTORED, OLD],
    changed: { [OLD]: { a: 'two' }, [RESTORED]: { a: 'one' } },
    run: async (disk, tell) => {
      const { generation } = await undoRestore({ index: INDEX, disk }, clockAt(START_MS + 3000));
      expect(Buffer.from(disk.read(`${INDEX}/source/state.json`)).toString()).toBe('now: state.json');
      tell(`serves ${generation}`);
    },
  },
];

/** What is wrong with a state, in words; null where everything that was promised holds. */
async function fault({ serving, changed }: Scenario, { tree, told }: CrashState): Promise<string | null> {
  const disk = new SimulatedDisk(tree);
  const { manifest, fallback } = await openServing(INDEX, disk);
  if (fallback !== null) return JSON.stringify(fallback.damage);
  const must = told.find((fact) => fact.startsWith('serves '))?.slice('serves '.length);
  const allowed = must === undefined ? serving : [must];
  if (!allowed.includes(manifest.generation)) return `${manifest.generation} serves, not ${allowed}`;
  if (changed !== undefined) {
    const { texts, damage } = await changedIn(disk, manifest.generation);
    const due = changed[manifest.generation];
    if (damage.length > 0 || !isDeepStrictEqual(texts, due))
      return `${manifest.generation} has ${JSON.stringify(texts)}, not ${JSON.stringify(due)}; ${damage}`;
  }
  const wrong = await faultOfBackups(disk);
  if (wrong !== null) return wrong;
  const ids = await (await repositoryOn(disk)).ids();
  for (const fact of told) {
    if (fact.startsWith('gone ') && ids.includes(fact.slice('gone '.length))) return `${fact}, and is listed`;
    if (/^\d/.test(fact) && !ids.includes(fact)) return `${fact} is not listed`;
  }
  return null;
}

/** What a crash left is in nobody's way: a backup, a prune and a restore, then all is as it should be. */
async function faultAfterwards({ tree }: CrashState): Promise<string | null> {
  const disk = new SimulatedDisk(tree);
  const { id } = await backUp(disk, portsAt(START_MS + 5000));
  await pruneBackups({ repository: await repositoryOn(disk), policy: null, dryRun: false }, portsAt(START_MS + 1e8));
  const still = await faultOfBackups(disk);
  if (still !== null) return `after the next backup and a prune: ${still}`;
  const restored = await restore(disk, id, portsAt(START_MS + 9000));
  const { manifest: now } = await openServing(INDEX, disk);
  return now.generation === restored.generation ? null : `${now.generation} serves after the next restore`;
}

async function faults(scenario: Scenario, states: readonly CrashState[], faultsMax: number): Promise<string[]> {
  const found: string[] = [];
  for (const [at, state] of states.entries()) {
    const what =
      (await fault(scenario, state).catch(String)) ??
      (at % GOES_ON_EACH === 0 ? await faultAfterwards(state).catch(String) : null);
    if (what !== null) found.push(`${what}; told: ${state.told}; files: ${pathsOf(state.tree).join(' ')}`);
    if (found.length === faultsMax) break;
  }
  return found;
}

describe('after a crash at any moment', () => {
  it.each(SCENARIOS)(
    'of $name only whole backups are listed, none that was told is lost, and a whole generation serves',
    async (scenario) => {
      const states = await crashStates(scenario.start, scenario.run);
      process.stdout.write(`${scenario.name}: ${states.length} crash states\n`);
      expect(states.length).toBeGreaterThan(10);
      expect(await faults(scenario, states, 3)).toEqual([]);
    },
  );
});
