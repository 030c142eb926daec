/** A generation says in its manifest which changes it holds: do the living documents begin behind them? */
import { expect, it } from 'vitest';
import type { Coverage } from '../../../engine/journal/index.ts';
import { type Manifest, openServing, publishGeneration } from '../../../engine/store/index.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { abandoned } from '../journal/journals.ts';
import { draft, manifestOf, START_MS } from '../store/generation-folders.ts';
import { MapBase, openSite, put } from './sites.ts';

const INDEX = 'index';

async function publish(disk: SimulatedDisk, journal: Coverage): Promise<void> {
  const { name, folder } = draft(INDEX, START_MS, 'words', disk);
  publishGeneration(INDEX, folder, { ...(await manifestOf(folder, name, disk)), journal }, disk);
}

/** A base whose coverage is that of the serving generation's manifest. */
async function servingBase(disk: SimulatedDisk): Promise<{ base: MapBase; manifest: Manifest }> {
  const { manifest } = await openServing(INDEX, disk);
  const base = new MapBase();
  base.covered = manifest.journal ?? null;
  return { base, manifest };
}

it('after a merge only what came later is living, whether its files are removed yet or not', async () => {
  const disk = new SimulatedDisk();
  const { changes } = await openSite(disk);
  await changes.applyAll([put('a', 'x'), put('b', 'x')]);
  const { coverage } = await changes.seal();
  await changes.apply(put('b', 'y'));
  await publish(disk, coverage);
  for (const removed of [false, true]) {
    if (removed) await changes.removeJournal(coverage.sequence);
    const left = abandoned(disk);
    const { base, manifest } = await servingBase(left);
    expect(manifest.journal).toEqual(coverage);
    const again = await openSite(left, { base });
    expect(again.recovery).toMatchObject({ damage: [], records: removed ? 1 : 3 });
    expect(again.changes.since(2).changes.map(({ id, version }) => [id, version])).toEqual([['b', 3]]);
    expect(() => again.changes.since(1)).toThrow(RangeError);
  }
});

it('a manifest without one covers nothing, and one that is no coverage is damaged', async () => {
  const disk = new SimulatedDisk();
  const { changes } = await openSite(disk);
  await changes.apply(put('a', 'x'));
  const { name, folder } = draft(INDEX, START_MS, 'words', disk);
  publishGeneration(INDEX, folder, await manifestOf(folder, name, disk), disk);
  const left = abandoned(disk);
  const { base } = await servingBase(left);
  const again = await openSite(left, { base });
  expect(again.changes.since(0).changes).toHaveLength(1);
  const other = new SimulatedDisk();
  await publish(other, { history: 'not hexadecimal', sequence: 1 });
  await expect(openServing(INDEX, other)).rejects.toMatchObject({ code: 'index_damaged' });
});
