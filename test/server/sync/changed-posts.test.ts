/** What a site says has changed is fetched and brought, once, whatever it says how often. */
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import type { SitePosts, SourcePost } from '../../../engine/source/index.ts';
import { ChangedPosts } from '../../../server/sync/changed-posts.ts';
import { openDocuments } from '../documents/desk.ts';

const postOf = (id: string, title: string, type = 'post'): SourcePost => ({
  id,
  title,
  html: '<p>x</p>',
  text: null,
  url: '',
  dateMs: null,
  modifiedMs: null,
  author: null,
  categories: [],
  tags: [],
  type,
  lang: null,
});

/** A site of these posts, by id; `fail` is thrown as often as it says. */
async function arrange({ queueMax = 100, failures = [] as unknown[] } = {}) {
  const posts = new Map<string, SourcePost>();
  const asked: [string, readonly string[]][] = [];
  const pauses: number[] = [];
  const reports: EngineError[] = [];
  let during: () => void = () => {};
  const site: SitePosts = {
    read: async (type, ids) => {
      asked.push([type, ids]);
      during();
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return new Map(ids.map((id) => [id, posts.get(id)?.type === type ? posts.get(id)! : null]));
    },
  };
  const { documents } = await openDocuments();
  const changed = new ChangedPosts({
    site,
    documents: () => documents,
    queueMax,
    report: (error) => reports.push(error),
    pause: async (ms) => void pauses.push(ms),
  });
  return { posts, asked, pauses, reports, documents, changed, meanwhile: (act: () => void) => (during = act) };
}

describe('posts that changed', () => {
  it('are fetched together, by their type, and put as they are there or deleted', async () => {
    const { posts, asked, documents, changed } = await arrange();
    posts
      .set('1', postOf('1', 'One'))
      .set('2', postOf('2', 'Two'))
      .set('9', postOf('9', 'Nine', 'page'));
    for (const id of ['1', '2', '1', '3']) changed.tell('post', id);
    changed.tell('page', '9');
    await changed.settled();
    expect(asked).toEqual([
      ['post', ['1', '2', '3']],
      ['page', ['9']],
    ]);
    expect((await documents.get('2'))!.document.title).toBe('Two');
    expect((await documents.get('9'))!.document.type).toBe('page');
    posts.delete('2');
    changed.tell('post', '2');
    await changed.settled();
    expect(await documents.get('2')).toBeNull();
  });

  it('that are told again as they are change nothing', async () => {
    const { posts, documents, changed } = await arrange();
    posts.set('1', postOf('1', 'One'));
    changed.tell('post', '1');
    await changed.settled();
    const { version } = (await documents.get('1'))!;
    changed.tell('post', '1');
    await changed.settled();
    expect((await documents.get('1'))!.version).toBe(version);
  });

  it('that are told under another type are not taken for gone', async () => {
    const { posts, documents, changed } = await arrange();
    posts.set('1', postOf('1', 'One'));
    changed.tell('post', '1');
    await changed.settled();
    changed.tell('page', '1');
    await changed.settled();
    expect(await documents.get('1')).not.toBeNull();
  });

  it('that are told while they are fetched are fetched again', async () => {
    const { posts, asked, documents, changed, meanwhile } = await arrange();
    posts.set('1', postOf('1', 'Old'));
    let once = true;
    meanwhile(() => {
      if (!once) return;
      once = false;
      setImmediate(() => posts.set('1', postOf('1', 'New')));
      changed.tell('post', '1');
    });
    changed.tell('post', '1');
    await changed.settled();
    expect(asked).toHaveLength(2);
    expect(await documents.get('1')).not.toBeNull();
  });

  it('wait longer after each failure, and are given up and told of after five', async () => {
    const down = () => new EngineError('source_unreadable', 'The site is down');
    const some = await arrange({ failures: [down(), down()] });
    some.posts.set('1', postOf('1', 'One'));
    some.changed.tell('post', '1');
    await some.changed.settled();
    expect([some.pauses, some.reports, (await some.documents.get('1')) !== null]).toEqual([[4000, 8000], [], true]);
    const all = await arrange({ failures: Array.from({ length: 9 }, down) });
    all.changed.tell('post', '1');
    await all.changed.settled();
    expect([all.asked.length, all.reports.map(({ code }) => code), all.changed.size]).toEqual([
      5,
      ['source_unreadable'],
      0,
    ]);
  });

  it('a bug is told like all else, and ends nothing', async () => {
    const { reports, changed } = await arrange({ failures: Array(5).fill(new TypeError('no such thing')) });
    changed.tell('post', '1');
    await changed.settled();
    expect(reports).toMatchObject([{ code: 'internal' }]);
    expect(changed.tell('post', '2')).toBe(true);
    await changed.settled();
  });

  it('are as many as may wait; at the end they are left', async () => {
    const { asked, changed } = await arrange({ queueMax: 2 });
    expect([changed.tell('post', '1'), changed.tell('post', '2'), changed.tell('post', '3')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(changed.tell('post', '2')).toBe(true);
    await changed.close();
    expect([asked, changed.size]).toEqual([[], 0]);
  });
});
