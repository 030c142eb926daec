/**
 * Every state that a crash can leave while changes are merged into generations that are published, swapped and pruned, and the journal
 * is rid of what they have: whichever generation is there afterwards, it and the journal have all that anyone was told of.
 *
 * In the suite one merge; with SOAK=1 two of them, with a second generation kept and a swap back to it (`make crash-soak`).
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Changes, type Operation } from '../../../engine/changes/index.ts';
import type { SourcePost } from '../../../engine/source/index.ts';
import type { Disk } from '../../../engine/store/disk/index.ts';
import {
  beginGeneration,
  leastCoverage,
  lockIndex,
  openServing,
  pruneGenerations,
  publishGeneration,
  swapGeneration,
} from '../../../engine/store/index.ts';
import { listGenerations } from '../../../engine/store/names.ts';
import { checkGeneration } from '../../../engine/store/serving.ts';
import { crashStates } from '../../support/disk/crash-states.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { keyOf, pathsOf, type Tree, treeOf } from '../../support/disk/tree.ts';
import { withoutLock } from '../journal/journals.ts';
import { manifestOf, START_MS, write } from '../store/generation-folders.ts';
import { handClock, living, MapBase, patch, put, remove, SETTINGS } from './sites.ts';

const INDEX = 'index';
const SOAK = process.env['SOAK'] === '1';
const KEPT = SOAK ? 2 : 1;

type Stored = [string, { version: number; document: SourcePost }][];

const folderOf = (name: string): string => join(INDEX, 'generations', name);

async function build(disk: Disk, { documents, covered }: MapBase, wallMs: number): Promise<string> {
  const unlock = lockIndex(INDEX, disk);
  try {
    const { name, folder } = beginGeneration(INDEX, wallMs, disk);
    write(disk, join(folder, 'documents.bin'), Buffer.from(JSON.stringify([...documents])));
    const manifest = await manifestOf(folder, name, disk);
    publishGeneration(INDEX, folder, { ...manifest, ...(covered === null ? {} : { journal: covered }) }, disk);
    pruneGenerations(INDEX, KEPT, disk);
    return name;
  } finally {
    unlock();
  }
}

/** A generation as a server reads it. */
async function baseOf(disk: Disk, name: string): Promise<MapBase> {
  const { manifest } = await checkGeneration(INDEX, name, disk);
  const base = new MapBase();
  const stored = JSON.parse(Buffer.from(disk.read(join(folderOf(name), 'documents.bin'))).toString()) as Stored;
  for (const [id, found] of stored) base.documents.set(id, found);
  base.covered = manifest.journal ?? null;
  return base;
}

const open = (disk: Disk, base: MapBase): ReturnType<typeof Changes.open> =>
  Changes.open({
    folder: join(INDEX, 'journal'),
    settings: SETTINGS,
    covered: base.covered,
    base,
    clock: handClock(),
    journal: { writer: 'inline', disk },
  });

interface Told {
  readonly operation: Operation;
  readonly version: number;
}

const BEFORE: Operation[] = [put('a', 'one'), put('b', 'one')];
/** Come while the merge runs, between its merge and its swap, and after it. */
const ROUNDS: Operation[][] = [
  [patch('a', { text: 'two' }), remove('b'), put('c', 'one')],
  ...(SOAK ? [[put('b', 'two'), remove('a'), patch('c', { text: 'two' })]] : []),
];
const LAST: Operation[] = SOAK ? [put('a', 'three'), remove('c')] : [];
const ALL = [...BEFORE, ...ROUNDS.flat(), ...LAST];

async function run(disk: Disk, tell: (fact: string) => void): Promise<void> {
  const { manifest } = await openServing(INDEX, disk);
  const base = await baseOf(disk, manifest.generation);
  const { changes } = await open(disk, base);
  const apply = async (operation: Operation): Promise<void> => {
    const outcome = await changes.apply(operation);
    if (!('version' in outcome) || outcome.version === null) throw new Error(JSON.stringify(outcome));
    tell(JSON.stringify({ operation, version: outcome.version } satisfies Told));
  };
  for (const operation of BEFORE) await apply(operation);
  const names = [manifest.generation];
  for (const [round, [during, between, after]] of ROUNDS.entries()) {
    const next = new MapBase();
    for (const [id, found] of base.documents) next.documents.set(id, found);
    await next.merge(changes);
    await apply(during!);
    names.push(await build(disk, next, START_MS + 1000 * (round + 1)));
    await apply(between!);
    // It serves: what it has is forgotten, and the base answers from it.
    changes.merged(next.covered!.sequence);
    base.documents.clear();
    for (const [id, found] of next.documents) base.documents.set(id, found);
    await changes.removeJournal(leastCoverage(INDEX, next.covered!.history, disk));
    await apply(after!);
  }
  for (const operation of LAST) await apply(operation);
  if (SOAK) await swapGeneration(INDEX, names.at(-2)!, disk);
}

const idOf = (operation: Operation): string => (operation.kind === 'put' ? operation.document.id : operation.id);

function agrees(operation: Operation, found: { text: string | null } | undefined): boolean {
  if (operation.kind === 'delete') return found === undefined;
  return found?.text === (operation.kind === 'put' ? operation.document.text : operation.fields.text);
}

/** What is missing where this generation serves; null where nothing is. */
async function missing(tree: Tree, name: string, told: readonly Told[]): Promise<string | null> {
  const disk = new SimulatedDisk(tree);
  const base = await baseOf(disk, name);
  const { changes, recovery } = await open(disk, base);
  if (recovery.damage.length > 0) return `damage: ${JSON.stringify(recovery.damage)}`;
  const found = living(changes, base);
  const underWay = ALL[told.length];
  for (const [id, one] of new Map(told.map((each) => [idOf(each.operation), each]))) {
    const there = found.get(id);
    const next = underWay !== undefined && idOf(underWay) === id && agrees(underWay, there);
    if (!next && !agrees(one.operation, there)) return `${id} is ${JSON.stringify(there)} in ${name}`;
    if (there !== undefined && there.version < one.version) return `${id} is of an older version in ${name}`;
  }
  // And the server goes on from there.
  const outcome = await changes.apply(put('later', 'one'));
  return outcome.kind === 'created' ? null : JSON.stringify(outcome);
}

async function fault(tree: Tree, told: readonly Told[]): Promise<string | null> {
  const disk = new SimulatedDisk(tree);
  const { manifest, fallback } = await openServing(INDEX, disk);
  if (fallback !== null) return `fell back: ${JSON.stringify(fallback.damage)}`;
  const served = await missing(disk.tree, manifest.generation, told);
  if (served !== null) return served;
  // What is kept is kept to be fallen back to.
  for (const name of listGenerations(disk, INDEX).whole) {
    const what = await missing(disk.tree, name, told);
    if (what !== null) return what;
  }
  return null;
}

it('after a crash at any moment of a merge all is there that was acknowledged, over every generation that is kept', async () => {
  const start = new SimulatedDisk(treeOf({}));
  await build(start, new MapBase(), START_MS);
  const states = new Map<string, { tree: Tree; told: Told[] }>();
  for (const { tree, told } of await crashStates(withoutLock(start.tree), run)) {
    const bare = withoutLock(tree);
    const key = `${told.length} ${keyOf(bare)}`;
    if (!states.has(key)) states.set(key, { tree: bare, told: told.map((fact) => JSON.parse(fact) as Told) });
  }
  process.stdout.write(`merges, swaps and the journal: ${states.size} crash states\n`);
  expect(states.size).toBeGreaterThan(100);
  const faults: string[] = [];
  for (const { tree, told } of states.values()) {
    const what = await fault(tree, told).catch(String);
    if (what !== null) faults.push(`${what}; told: ${told.length}; files: ${pathsOf(tree).join(' ')}`);
    if (faults.length === 3) break;
  }
  expect(faults).toEqual([]);
});
