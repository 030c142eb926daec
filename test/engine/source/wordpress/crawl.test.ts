import { describe, expect, it } from 'vitest';
import { PostStore, type SourceEvent, syncSource } from '../../../../engine/source/index.ts';
import { answerPosts, type FakePost, json, type LoopbackSite, wordpressAnswer } from '../loopback-site.ts';
import { crawlSetup, posts } from './crawl-setup.ts';

const { site, open, storeFor } = crawlSetup();

const ids = (store: PostStore): number[] => [...store.ids()].map(Number).sort((a, b) => a - b);

/** Requests for pages of full posts, as page numbers. */
function pagesRead(here: LoopbackSite): number[] {
  return here.requests
    .filter(({ url }) => url.searchParams.has('_embed') && !url.searchParams.has('include'))
    .map(({ url }) => Number(url.searchParams.get('page')));
}

describe('a crawl', () => {
  it('reads every page once and tells how far it is', async () => {
    const all = posts(250);
    const here = await site(wordpressAnswer(({ url }, response) => answerPosts(url, response, all)));
    const source = open(here);
    const store = storeFor(source);
    const progress: SourceEvent[] = [];
    const report = await syncSource(source, store, (event) => event.kind === 'progress' && progress.push(event));
    expect(report).toEqual({ added: 250, changed: 0, unchanged: 0, deleted: 0, rejected: 0, repaired: 0 });
    expect(pagesRead(here)).toEqual([1, 2, 3]);
    expect(progress.slice(0, 3)).toEqual([
      { kind: 'progress', done: 100, total: 250 },
      { kind: 'progress', done: 200, total: 250 },
      { kind: 'progress', done: 250, total: 250 },
    ]);
    expect(store.sourceState).toMatchObject({ complete: true });
  });

  it('finds what pages that shift had hidden', async () => {
    const all = posts(250);
    const here = await site(
      wordpressAnswer(({ url }, response) => {
        answerPosts(url, response, all);
        if (url.searchParams.has('_embed') && url.searchParams.get('page') === '1') all.splice(0, 10);
      }),
    );
    const source = open(here);
    const store = storeFor(source);
    const report = await syncSource(source, store);
    expect(ids(store)).toEqual(all.map((post) => post.id));
    expect(report).toMatchObject({ added: 250, deleted: 10 });
  });

  it('takes no post for deleted because the listing shifted under it', async () => {
    const all = posts(250);
    const here = await site(
      wordpressAnswer(({ url }, response) => {
        answerPosts(url, response, all);
        const listing = url.searchParams.get('_fields')?.startsWith('id,modified_gmt,content') === true;
        if (listing && url.searchParams.get('page') === '1' && all.length === 250) all.splice(0, 1);
      }),
    );
    const source = open(here);
    const store = storeFor(source);
    await syncSource(source, store);
    expect(ids(store)).toEqual([1, ...all.map((post) => post.id)]);
    await syncSource(source, store);
    expect(ids(store)).toEqual(all.map((post) => post.id));
  });
});

describe('a crawl that is disturbed', () => {
  it('continues after an abort where it was, and asks for no finished page again', async () => {
    const all = posts(350);
    const here = await site(wordpressAnswer(({ url }, response) => answerPosts(url, response, all)));
    const controller = new AbortController();
    const first = open(here, { signal: controller.signal });
    const store = storeFor(first);
    const interrupted = syncSource(first, store, (event) => {
      if (event.kind === 'progress' && event.done === 200) controller.abort(new Error('interrupted'));
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    expect(pagesRead(here)).toEqual([1, 2]);
    store.close();
    const reopened = PostStore.open(store.folder, first.from);
    expect(reopened.size).toBe(200);
    const report = await syncSource(open(here), reopened);
    expect(pagesRead(here)).toEqual([1, 2, 3, 4]);
    expect(report).toMatchObject({ added: 150, changed: 0, unchanged: 0 });
    expect(reopened.size).toBe(350);
  });

  it('works where a proxy drops the totals', async () => {
    const all = posts(200);
    const here = await site(
      wordpressAnswer(({ url }, response) => {
        const setHeader = response.writeHead.bind(response);
        response.writeHead = ((status: number) => setHeader(status)) as typeof response.writeHead;
        answerPosts(url, response, all);
      }),
    );
    const source = open(here);
    const store = storeFor(source);
    await syncSource(source, store);
    expect(store.size).toBe(200);
  });

  it('refuses a site that answers every page with the first one', async () => {
    const here = await site(
      wordpressAnswer(({ url }, response) => {
        url.searchParams.set('page', '1');
        answerPosts(url, response, posts(250));
      }),
    );
    const source = open(here);
    await expect(syncSource(source, storeFor(source))).rejects.toMatchObject({
      code: 'source_invalid',
      message: expect.stringContaining('page 2 repeats page 1'),
    });
  });

  it('reports a malformed post once and keeps the others', async () => {
    const here = await site(
      wordpressAnswer(({ url }, response) => {
        if (!url.searchParams.has('_embed')) answerPosts(url, response, posts(3));
        else json(response, [{ id: 1 }, ...[2, 3].map((id) => ({ id, type: 'post', content: { rendered: 'x' } }))]);
      }),
    );
    const source = open(here);
    const store = storeFor(source);
    const rejected: SourceEvent[] = [];
    const report = await syncSource(source, store, (event) => event.kind === 'rejected' && rejected.push(event));
    expect(report).toMatchObject({ added: 2, rejected: 1, repaired: 0 });
    expect(ids(store)).toEqual([2, 3]);
    expect(rejected).toMatchObject([{ place: { field: 'type' }, action: 'skipped' }]);
  });
});

describe('a later run', () => {
  async function synced(all: FakePost[], ignoreModifiedAfter = false) {
    const here = await site(
      wordpressAnswer(({ url }, response) => {
        if (ignoreModifiedAfter) url.searchParams.delete('modified_after');
        answerPosts(url, response, all);
      }),
    );
    const source = open(here);
    const store = storeFor(source);
    await syncSource(source, store);
    here.requests.length = 0;
    return { here, source, store };
  }

  it.each([
    ['that knows modified_after', false],
    ['older than 5.7, which ignores modified_after', true],
  ])('on a site %s sees exactly what changed, came and went', async (_name, ignoring) => {
    const all = posts(220);
    const { source, store } = await synced(all, ignoring);
    all[4] = { id: 5, title: 'Edited', modified: '2099-01-01T00:00:00' };
    all[5] = { id: 6, title: 'Restored', modified: '2001-01-01T00:00:00' };
    all[6] = { id: 7, protected: true, modified: '2099-01-01T00:00:00' };
    all.splice(9, 1);
    all.push({ id: 900, modified: '2000-01-01T00:00:00' });
    const changes: string[] = [];
    const report = await syncSource(source, store, (event) => {
      if (event.kind === 'deleted') changes.push(`deleted ${event.id}`);
    });
    expect(report).toMatchObject({ added: 1, changed: 2, deleted: 2 });
    expect(changes.sort()).toEqual(['deleted 10', 'deleted 7']);
    expect(store.size).toBe(219);
  });

  it('fetches no bodies when nothing changed', async () => {
    const { here, source, store } = await synced(posts(220));
    const report = await syncSource(source, store);
    expect(report).toEqual({ added: 0, changed: 0, unchanged: 0, deleted: 0, rejected: 0, repaired: 0 });
    expect(here.requests.filter(({ url }) => url.searchParams.has('include')).length).toBe(0);
    expect(here.requests.length).toBeLessThanOrEqual(7);
  });

  it('deletes nothing when the site suddenly lists no post at all', async () => {
    const all = posts(120);
    const { source, store } = await synced(all);
    all.length = 0;
    const deleted: string[] = [];
    const run = syncSource(source, store, (event) => event.kind === 'deleted' && deleted.push(event.id));
    await expect(run).rejects.toMatchObject({
      code: 'source_invalid',
      place: { remedy: expect.stringContaining('nothing was deleted') },
    });
    expect(deleted).toEqual([]);
    expect(store.size).toBe(120);
  });

  it('deletes what is no longer wanted as a type', async () => {
    const { here, source, store } = await synced(posts(3));
    store.put({ ...(await anyPost(store)), id: '77', type: 'book' });
    await syncSource(open(here), store);
    expect(store.has('77')).toBe(false);
    expect(store.size).toBe(3);
    expect(source.kind).toBe('wordpress');
  });

  it('refuses a checkpoint that it did not write', async () => {
    const { source } = await synced(posts(1));
    const events = source.events({ kind: 'wordpress', from: source.from, complete: true, cursor: { page: 'x' } }, null);
    await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'source_invalid' });
  });
});

async function anyPost(store: PostStore) {
  for await (const post of store) return post;
  throw new Error('The store is empty');
}
