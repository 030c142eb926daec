/** Documents that are changed while they are served, through real workers. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../../engine/changes/index.ts';
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
});
