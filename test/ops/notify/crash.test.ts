/** Every state that a crash can leave: is each notice there of which somebody was told that it would be delivered, and nothing half? */
import { describe, expect, it } from 'vitest';
import type { Disk } from '../../../engine/store/disk/index.ts';
import { Outbox } from '../../../ops/notify/outbox/outbox.ts';
import { type CrashState, crashStates } from '../../support/disk/crash-states.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { pathsOf, type Tree, treeOf } from '../../support/disk/tree.ts';
import { withoutSync } from '../../support/disk/without-sync.ts';
import { noticeWith } from './notices.ts';

type Tell = (fact: string) => void;

const openOn = (disk: Disk): Outbox => new Outbox({ disk, folder: 'notify', waitingMax: 1000, deadLettersMax: 200 });
/** Long enough to be torn. */
const parcel = (key: string) => ({
  key,
  channel: 'a',
  notice: noticeWith({ incidentId: key, summary: 'many words '.repeat(60) }),
});

/** Facts are `put KEY` and `memo KEY` of what was committed last, and `gone KEY` of what may be there or not. */
function put(outbox: Outbox, tell: Tell, ...keys: string[]): void {
  outbox.commit(keys.map(parcel), keys.at(-1), 0);
  expect(outbox.fault).toBeNull();
  for (const key of keys) tell(`put ${key}`);
}

const filled = (): Tree => {
  const disk = new SimulatedDisk();
  openOn(disk).commit([parcel('0')], '0', 0);
  return disk.tree;
};

const torn = (): Tree => {
  const disk = new SimulatedDisk(filled());
  const file = 'notify/outbox.log';
  disk.open(file, 'append').write(disk.read(file).subarray(0, 40));
  return disk.tree;
};

const SCENARIOS: {
  readonly name: string;
  readonly start: () => Tree;
  readonly run: (disk: Disk, tell: Tell) => void;
}[] = [
  {
    name: 'the first ones, one and two at a time, of which one is delivered',
    start: () => treeOf({}),
    run: (disk, tell) => {
      const outbox = openOn(disk);
      put(outbox, tell, '1');
      put(outbox, tell, '2', '3');
      tell('gone 1');
      outbox.delivered(outbox.entries[0]!);
      put(outbox, tell, '4');
    },
  },
  {
    name: 'going on behind what a crash tore',
    start: torn,
    run: (disk, tell) => {
      tell('put 0');
      put(openOn(disk), tell, '1');
    },
  },
  {
    name: 'giving one up, and trying it again',
    start: filled,
    run: (disk, tell) => {
      tell('put 0');
      const outbox = openOn(disk);
      outbox.giveUp(outbox.entries[0]!, '404', 0);
      outbox.redeliver(outbox.deadLetters[0]!.seq, 0);
      put(outbox, tell, '1');
    },
  },
];

/** Null where all is well. */
function wrong({ tree, told }: CrashState): string | null {
  const outbox = openOn(new SimulatedDisk(tree));
  const found = new Set([...outbox.entries, ...outbox.deadLetters].map(({ notice }) => notice.incidentId));
  const gone = told.filter((fact) => fact.startsWith('gone')).map((fact) => fact.slice(5));
  const promised = told.filter((fact) => fact.startsWith('put')).map((fact) => fact.slice(4));
  for (const key of promised) if (!found.has(key) && !gone.includes(key)) return `lost ${key}`;
  // What lies in one line comes together: the state that was committed with a notice, and the notice.
  if (typeof outbox.memo === 'string' && !found.has(outbox.memo) && !gone.includes(outbox.memo))
    return `half: ${outbox.memo}`;
  if (Number(outbox.memo ?? -1) < Math.max(-1, ...promised.map(Number))) return `an old state: ${String(outbox.memo)}`;
  if (found.has('2') !== found.has('3')) return 'half of a commit';
  return outbox.damaged > 0 ? 'called damaged' : null;
}

describe.each(SCENARIOS)('$name', ({ start, run }) => {
  it('loses nothing that was promised', async () => {
    const states = await crashStates(start(), run);
    expect(states.length).toBeGreaterThan(10);
    for (const state of states)
      expect(wrong(state), `${pathsOf(state.tree).join(' ')} | ${state.told.join(', ')}`).toBeNull();
  });
});

/** Of the first one: what an outbox without anything in it says. */
const HARMLESS: readonly (readonly number[])[] = [[1], []];

it.each([0, 1])('each sync is needed: without any one of them something would be lost (%i)', async (scenario) => {
  const { start, run } = SCENARIOS[scenario]!;
  const all = { syncs: 0 };
  run(withoutSync(new SimulatedDisk(start()), Number.POSITIVE_INFINITY, all), () => {});
  expect(all.syncs).toBeGreaterThan(2);
  for (let skipped = 0; skipped < all.syncs; skipped++) {
    const states = await crashStates(start(), (disk, tell) => run(withoutSync(disk, skipped, { syncs: 0 }), tell));
    const isNeeded = states.some((state) => wrong(state) !== null);
    expect(isNeeded, `sync ${skipped} of ${all.syncs}`).toBe(!HARMLESS[scenario]!.includes(skipped));
  }
});
