/** Documents that are changed while they are served, through real workers. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { carriedFrom, openBuildModels, rebuildGeneration } from '../../../engine/build/index.ts';
import type { Operation } from '../../../engine/changes/index.ts';
import { systemClock } from '../../../engine/clock.ts';
import type { SourcePost } from '../../../engine/source/index.ts';
import { build, post } from '../../engine/build/sample-build.ts';
import { temporaryFolders } from '../../engine/source/temporary-folder.ts';
import { fruitPosts, liveConfig, type OpenLive, openLive } from './open-live.ts';

const freshFolder = temporaryFolders();
const index = join(freshFolder(), 'index');

const put = (document: SourcePost): Operation => ({ kind: 'put', document, ifVersion: null, key: null });
const about = (id: string, words: string, changes: Partial<SourcePost> = {}): SourcePost =>
  post(id, { title: `About ${words}`, text: `This is about ${words}.`, ...changes });

async function applied(live: OpenLive['live'], operation: Operation): Promise<number> {
  const outcome = await live.apply(operation);
  if (!('version' in outcome) || outcome.kind === 'conflict') throw new Error(JSON.stringify(outcome));
  await live.visible(outcome.version);
  return outcome.version;
}

describe('documents that are changed while they are served', () => {
  let open: OpenLive;
  beforeAll(async () => {
    await build({ config: liveConfig(index), posts: fruitPosts(post), embedder: null });
    open = await openLive(index);
  });
  afterAll(() => open.close());

  it('are found when the change is visible, patched, and gone when they are deleted', async () => {
    const { live, ids } = open;
    const created = await applied(live, put(about('new', 'zebras')));
    expect(await ids('zebras')).toEqual(['new']);
    const fields = { text: 'Now about okapis.' };
    const patched = await applied(live, { kind: 'patch', id: 'new', fields, ifVersion: created, key: null });
    expect([await ids('okapis'), await live.get('new')]).toMatchObject([['new'], { version: patched }]);
    await applied(live, { kind: 'delete', id: 'new', ifVersion: patched, key: null });
    expect([await ids('okapis'), await live.get('new')]).toEqual([[], null]);
  });

  it('of the generation are there as they came, are replaced whole, and deleted', async () => {
    const { live, ids } = open;
    const [, , plum] = fruitPosts(post);
    expect(await live.get('p2')).toEqual({ version: 0, document: plum });
    expect(await live.get('nobody')).toBeNull();
    await applied(live, { kind: 'patch', id: 'p2', fields: { title: 'Of zwetschgen' }, ifVersion: 0, key: null });
    expect([await ids('zwetschgen'), (await live.get('p2'))?.document.html]).toEqual([['p2'], plum!.html]);
    await applied(live, put(about('p2', 'damsons')));
    expect([await ids('plum'), await ids('damsons')]).toEqual([[], ['p2']]);
    await applied(live, { kind: 'delete', id: 'p3', ifVersion: 0, key: null });
    expect([await ids('quince'), await live.get('p3')]).toEqual([[], null]);
    expect(await live.apply({ kind: 'delete', id: 'p3', ifVersion: null, key: null })).toEqual({ kind: 'missing' });
  });

  it('become visible one after another, however busy the workers are', async () => {
    const { live, ids } = open;
    let asking = true;
    const asked = Array.from({ length: 4 }, async () => {
      while (asking) await ids('apple pear');
    });
    for (let n = 0; n < 40; n++) await applied(live, put(about('quick', `word${n}`)));
    asking = false;
    await Promise.all(asked);
    expect([await ids('word39'), await ids('word38')]).toEqual([['quick'], []]);
  });

  it('answers are known by what is in them', async () => {
    const { live, find } = open;
    const before = live.state;
    expect((await find('apple')).generation).toBe(before);
    const version = await applied(live, put(about('new', 'tapirs')));
    expect(live.state).toBe(`${live.state.split('+')[0]}+${version}`);
    expect(live.state).not.toBe(before);
    for (let n = 0; n < 4; n++) expect((await find('tapirs')).generation).toBe(live.state);
    expect(live.status()).toMatchObject({ sequence: version, visibleSequence: version, refusal: null, damage: [] });
  });

  it('are in a generation of their own after a merge, while queries go on, and later changes stay upon it', async () => {
    const { live, merging, pool, find, ids } = open;
    const before = pool.serving.manifest;
    await applied(live, put(about('kept', 'wombats', { categories: ['Odd'] })));
    let asking = true;
    const failures: unknown[] = [];
    const asked = Array.from({ length: 2 }, async () => {
      for (let n = 0; asking && failures.length === 0; n++) {
        try {
          expect(await ids(n % 2 === 0 ? 'wombats' : 'apple')).toEqual([n % 2 === 0 ? 'kept' : 'p0']);
        } catch (error) {
          failures.push(error);
        }
      }
    });
    const merged = merging.now();
    const during = await applied(live, put(about('later', 'numbats')));
    await merged;
    asking = false;
    await Promise.all(asked);
    expect([failures, merging.failed]).toEqual([[], null]);
    const after = pool.serving.manifest;
    expect(after.generation).not.toBe(before.generation);
    expect(after.journal!.sequence).toBeGreaterThan(before.journal?.sequence ?? 0);
    expect(merging.last).toMatchObject({ generation: after.generation });
    expect([await ids('numbats'), await ids('wombats'), await ids('quince')]).toEqual([['later'], ['kept'], []]);
    expect((await live.get('later'))?.version).toBe(during);
    expect((await live.get('p0'))?.version).toBe(0);
    const kept = await live.get('kept');
    expect(kept).toMatchObject({ document: { title: 'About wombats', categories: ['Odd'] } });
    const patch = {
      kind: 'patch',
      id: 'kept',
      fields: { title: 'Of wombats' },
      ifVersion: kept!.version,
      key: null,
    } as const;
    await applied(live, patch);
    const facets = await find('wombats', { facets: ['category'] });
    expect([facets.hits[0]?.title, facets.facets]).toEqual(['Of wombats', { category: [{ value: 'Odd', count: 1 }] }]);
  });

  it('are still there when an older generation serves, and when another that was built anew does', async () => {
    const { live, merging, index: swap, ids } = open;
    await swap.settled();
    await merging.now();
    await swap.settled();
    const [older] = swap.ports.names();
    expect(await swap.swap(older!)).toMatchObject({ kind: 'swapped' });
    expect([await ids('wombats'), await ids('numbats'), await ids('quince')]).toEqual([['kept'], ['later'], []]);
    expect((await live.get('kept'))?.document.title).toBe('Of wombats');
    await applied(live, put(about('latest', 'quokkas')));
    await swap.settled();
    const carried = await carriedFrom(index, { has: (id) => fruitPosts(post).some((one) => one.id === id) });
    const { manifest } = await build({ config: liveConfig(index), posts: fruitPosts(post), embedder: null, carried });
    expect(await swap.swap(manifest.generation)).toMatchObject({ kind: 'swapped' });
    await swap.settled();
    // The source has the last word on what it has, and what only lives here is kept.
    expect([await ids('quokkas'), await ids('numbats'), await ids('wombats')]).toEqual([
      ['latest'],
      ['later'],
      ['kept'],
    ]);
    expect(await ids('quince')).toEqual(['p3']);
  });

  it('stay as they are over an index that is rebuilt: what it covers is in it, the rest lies over it', async () => {
    const { live, index: swap, ids } = open;
    await swap.settled();
    const version = await applied(live, put(about('after', 'gnus')));
    const kept = await live.get('kept');
    const config = liveConfig(index);
    const { manifest } = await rebuildGeneration(
      { config, models: await openBuildModels(config), fresh: false, accept: false, threads: 1 },
      {
        embed: async () => [],
        embedParallel: 1,
        clock: systemClock,
        progress: () => {},
        signal: new AbortController().signal,
      },
    );
    expect(await swap.swap(manifest.generation)).toMatchObject({ kind: 'swapped' });
    await swap.settled();
    expect([await ids('gnus'), await ids('wombats'), await ids('quokkas')]).toEqual([['after'], ['kept'], ['latest']]);
    expect([(await live.get('after'))?.version, await live.get('kept')]).toEqual([version, kept]);
  });

  it('belong to one process at a time; another refuses changes until that one has let go', async () => {
    const other = await openLive(index, {}, 1);
    try {
      const outcome = await other.live.apply(put(about('other', 'pangolins')));
      expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'index_busy' } });
      await open.close();
      expect(other.live.status().refusal).toContain(String(process.pid));
      await applied(other.live, put(about('other', 'pangolins')));
      expect([await other.ids('pangolins'), await other.ids('quokkas')]).toEqual([['other'], ['latest']]);
      await vi.waitFor(() => expect(other.told).toEqual([expect.stringContaining('journal_refused')]));
    } finally {
      await other.close();
    }
  });
});
