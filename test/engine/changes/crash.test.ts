/** Every state that a crash can leave while documents change and a merge takes them: is all there that anyone was told of? */
import { expect, it } from 'vitest';
import type { Changes, Operation } from '../../../engine/changes/index.ts';
import { type Disk, replaceFile } from '../../../engine/store/disk/index.ts';
import { crashStates } from '../../support/disk/crash-states.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { keyOf, pathsOf, type Tree, treeOf } from '../../support/disk/tree.ts';
import { withoutLock } from '../journal/journals.ts';
import { living, MapBase, openSite, patch, put, remove } from './sites.ts';

/** Stands for a generation and the pointer to it, which appear at once. */
const GENERATION = 'GENERATION';

function publish(disk: Disk, { documents, covered }: MapBase): void {
  replaceFile(disk, GENERATION, Buffer.from(JSON.stringify({ documents: [...documents], covered })));
}

function published(disk: Disk): MapBase {
  const base = new MapBase();
  if (disk.look(GENERATION) === null) return base;
  const { documents, covered } = JSON.parse(Buffer.from(disk.read(GENERATION)).toString()) as {
    documents: [string, { version: number; document: ReturnType<typeof JSON.parse> }][];
    covered: MapBase['covered'];
  };
  for (const [id, found] of documents) base.documents.set(id, found);
  base.covered = covered;
  return base;
}

/** What is told of a change, and how it is asked for again. */
interface Told {
  readonly operation: Operation;
  readonly version: number;
}

const FIRST = [put('a', 'one', { key: 'of a' }), put('b', 'one'), put('c', 'one', { key: 'of c' })];
const SECOND = [patch('a', { text: 'two' }, { key: 'again a' }), remove('b'), put('d', 'one')];
const LAST = [put('c', 'two'), remove('d', { key: 'of d' })];

async function run(disk: Disk, tell: (fact: string) => void): Promise<void> {
  const base = new MapBase();
  const { changes } = await openSite(disk, { base });
  const apply = async (operations: readonly Operation[]): Promise<void> => {
    const outcomes = await changes.applyAll(operations);
    const told = operations.map(
      (operation, at): Told => ({ operation, version: (outcomes[at] as { version: number }).version }),
    );
    tell(JSON.stringify(told));
  };
  await apply(FIRST);
  await apply(SECOND);
  await base.merge(changes);
  // Changes come while the merge runs.
  await apply(LAST.slice(0, 1));
  publish(disk, base);
  changes.merged(base.covered!.sequence);
  await changes.removeJournal(base.covered!.sequence);
  await apply(LAST.slice(1));
}

/** Whether a change by itself may have led to what is there, if its version is the one that is there. */
function agrees({ operation }: Told, found: { text: string | null } | undefined): boolean {
  if (operation.kind === 'delete') return found === undefined;
  const text = operation.kind === 'put' ? operation.document.text : operation.fields.text;
  return found?.text === text;
}

async function fault(tree: Tree, told: readonly Told[]): Promise<string | null> {
  const disk = new SimulatedDisk(withoutLock(tree));
  const base = published(disk);
  const { changes, recovery } = await openSite(disk, { base });
  if (recovery.damage.length > 0) return `damage: ${JSON.stringify(recovery.damage)}`;
  const found = living(changes, base);
  const latest = new Map(told.map((one) => [idOfTold(one), one]));
  const later = [...FIRST, ...SECOND, ...LAST].slice(told.length);
  for (const [id, one] of latest) {
    // A change that was under way may be there too, though nobody was told.
    const candidates = [
      one,
      ...later.map((operation) => ({ operation, version: 0 })).filter((other) => idOfTold(other) === id),
    ];
    if (!candidates.some((candidate) => agrees(candidate, found.get(id))))
      return `${id} is ${JSON.stringify(found.get(id))}`;
    if ((found.get(id)?.version ?? Infinity) < one.version) return `${id} is of an older version than was told`;
  }
  return keysFault(changes, told);
}

const idOfTold = ({ operation }: Told): string => (operation.kind === 'put' ? operation.document.id : operation.id);

/** Asked again under its key, nothing that was told is done again. */
async function keysFault(changes: Changes, told: readonly Told[]): Promise<string | null> {
  for (const { operation, version } of told) {
    if (operation.key === null) continue;
    const outcome = await changes.apply(operation);
    if (!('replayed' in outcome && outcome.replayed && outcome.version === version))
      return `${operation.key}: ${JSON.stringify(outcome)}`;
  }
  return null;
}

it('after a crash at any moment all is there that was acknowledged, and no key is used twice', async () => {
  const states = new Map<string, { tree: Tree; told: Told[] }>();
  for (const { tree, told } of await crashStates(treeOf({}), run)) {
    const bare = withoutLock(tree);
    states.set(`${told.length} ${keyOf(bare)}`, {
      tree: bare,
      told: told.flatMap((fact) => JSON.parse(fact) as Told[]),
    });
  }
  process.stdout.write(`changes and a merge: ${states.size} crash states\n`);
  expect(states.size).toBeGreaterThan(50);
  const faults: string[] = [];
  for (const { tree, told } of states.values()) {
    const what = await fault(tree, told);
    if (what !== null) faults.push(`${what}; told: ${told.length}; files: ${pathsOf(tree)}`);
    if (faults.length === 3) break;
  }
  expect(faults).toEqual([]);
});
