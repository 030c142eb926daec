import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openSource,
  PostStore,
  type Source,
  type SourceEvent,
  type SourceOptions,
  type SourcePost,
  syncSource,
} from '../../../engine/source/index.ts';
import { type ImportedPost, startWordPress, type WordPress, wordpressMissing } from '../../support/wordpress.ts';
import { temporaryFolders } from './temporary-folder.ts';

const missing = wordpressMissing();
if (missing !== null) process.stderr.write(`The tests against a real WordPress are left out: ${missing}\n`);

/** A custom type with a REST base and a taxonomy of its own, and a language per post as Polylang adds it. */
const PLUGIN = `<?php
add_action('init', function () {
  register_post_type('book', ['public' => true, 'label' => 'Books', 'show_in_rest' => true, 'rest_base' => 'library']);
  register_taxonomy('genre', 'post', ['public' => true, 'show_in_rest' => true]);
});
add_action('rest_api_init', function () {
  register_rest_field('post', 'lang', ['get_callback' => fn ($post) => get_post($post['id'])->post_name === 'auf-deutsch' ? 'de' : null]);
});
add_filter('comments_open', '__return_false');
`;

const PLAIN = 230;
const SPECIAL: readonly ImportedPost[] = [
  {
    title: 'Fish &amp; Chips &#8211; &lt;b&gt;',
    html: '<p>Salt</p>',
    categories: ['R&D', 'Food'],
    tags: ['sea', 'fry'],
  },
  { title: 'Auf Deutsch', html: '<p>Guten Tag</p>' },
  { title: 'Secret', html: '<p>hidden-by-password</p>', password: 'open sesame' },
  { title: 'Draft', html: '<p>hidden-draft</p>', status: 'draft' },
  { title: 'Private', html: '<p>hidden-private</p>', status: 'private' },
  { title: 'Later', html: '<p>hidden-future</p>', status: 'future', date: '2099-01-01 00:00:00' },
  { title: 'About us', html: '<p>A page</p>', type: 'page' },
  { title: 'A book', html: '<p>Chapter one</p>', type: 'book' },
];
const IMPORTED: readonly ImportedPost[] = [
  ...Array.from({ length: PLAIN }, (_, at) => ({
    title: `Plain post ${at}`,
    html: `<p>Body of post ${at}</p>`,
    date: `2023-0${1 + (at % 9)}-10 08:00:00`,
    categories: [`Category ${at % 5}`],
    tags: [`tag ${at % 7}`],
  })),
  ...SPECIAL,
];
/** A fresh WordPress brings a post and a page. */
const VISIBLE_POSTS = PLAIN + 2 + 1;
const VISIBLE_PAGES = 1 + 1;

let wordpress: WordPress;
const freshFolder = temporaryFolders();

beforeAll(async () => {
  if (missing === null) wordpress = await startWordPress(IMPORTED, PLUGIN);
});
afterAll(async () => {
  await wordpress?.stop();
});

function open(options: SourceOptions = {}): Source {
  return openSource(wordpress.url, { limits: { requestsPerSecond: 1000 }, ...options });
}

function freshStore(source: Source): PostStore {
  return PostStore.open(freshFolder(), source.from);
}

async function byTitle(store: PostStore): Promise<Map<string, SourcePost>> {
  const found = new Map<string, SourcePost>();
  for await (const post of store) found.set(post.title, post);
  return found;
}

describe.skipIf(missing !== null)('the posts of a real WordPress', () => {
  it('gives every published post and page with names, dates and decoded titles, and nothing that is hidden', async () => {
    const source = open();
    const store = freshStore(source);
    const report = await syncSource(source, store);
    expect(report).toMatchObject({ added: VISIBLE_POSTS + VISIBLE_PAGES, rejected: 0, deleted: 0 });
    const posts = await byTitle(store);
    expect(posts.get('Fish & Chips – <b>')).toMatchObject({
      author: 'admin',
      categories: ['Food', 'R&D'],
      tags: ['fry', 'sea'],
      type: 'post',
      html: expect.stringContaining('<p>Salt</p>'),
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/\?p=\d+$/u),
    });
    expect(posts.get('Plain post 4')).toMatchObject({
      dateMs: Date.UTC(2023, 4, 10, 8),
      modifiedMs: expect.any(Number),
      categories: ['Category 4'],
      tags: ['tag 4'],
      lang: null,
    });
    expect(posts.get('Auf Deutsch')?.lang).toBe('de');
    expect(posts.get('About us')?.type).toBe('page');
    expect(posts.has('A book')).toBe(false);
    expect([...posts.values()].some((post) => post.html?.includes('hidden'))).toBe(false);
  });

  it('answers the same under ?rest_route= as under /wp-json/', async () => {
    const digest = async (from: string): Promise<string[]> => {
      const source = openSource(from, { limits: { requestsPerSecond: 1000 } });
      const store = freshStore(source);
      await syncSource(source, store);
      const posts: string[] = [];
      for await (const post of store) posts.push(JSON.stringify(post));
      return posts;
    };
    expect(await digest(`${wordpress.url}/?rest_route=/`)).toEqual(await digest(`${wordpress.url}/wp-json/`));
  });

  it('gives custom types by name and says which ones there are when the name is wrong', async () => {
    const source = open({ types: ['book'] });
    const store = freshStore(source);
    await syncSource(source, store);
    expect([...(await byTitle(store)).keys()]).toEqual(['A book']);
    const wrong = open({ types: ['post', 'film'] });
    await expect(syncSource(wrong, freshStore(wrong))).rejects.toMatchObject({
      place: { value: 'film', expected: expect.stringContaining('book') },
    });
  });
});

describe.skipIf(missing !== null)('a real WordPress', () => {
  it('takes an application password, which opens nothing hidden, and tells when it is wrong', async () => {
    const { user, password } = wordpress;
    const source = open({ credentials: { user, password } });
    const store = freshStore(source);
    await syncSource(source, store);
    const posts = await byTitle(store);
    expect(posts.size).toBe(VISIBLE_POSTS + VISIBLE_PAGES);
    expect(posts.get('Plain post 4')?.lang).toBe('en-US');
    const wrong = open({ credentials: { user, password: 'abcd EFGH ijkl' } });
    await expect(syncSource(wrong, freshStore(wrong))).rejects.toMatchObject({
      message: expect.stringMatching(/^(?!.*abcd).*not accepted/u),
    });
  });

  it('continues an interrupted crawl without reading a finished page again', async () => {
    const controller = new AbortController();
    const first = open({ signal: controller.signal });
    const store = freshStore(first);
    const before: string[] = [];
    const interrupted = syncSource(first, store, (event) => {
      if (event.kind === 'post') before.push(event.post.id);
      if (event.kind === 'progress' && event.done >= 100) controller.abort(new Error('interrupted'));
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    expect(before.length).toBe(store.size);
    store.close();
    const reopened = PostStore.open(store.folder, first.from);
    const after: string[] = [];
    await syncSource(open(), reopened, (event) => event.kind === 'post' && after.push(event.post.id));
    expect(after.filter((id) => before.includes(id))).toEqual([]);
    expect(before.length + after.length).toBe(VISIBLE_POSTS + VISIBLE_PAGES);
    expect(reopened.size).toBe(VISIBLE_POSTS + VISIBLE_PAGES);
  });

  it('writes an export that reads as the same posts', async () => {
    const file = join(freshFolder(), 'site.xml');
    writeFileSync(file, wordpress.exportWxr());
    const exported = openSource(file);
    const fromFile = freshStore(exported);
    expect(await syncSource(exported, fromFile)).toMatchObject({ rejected: 0 });
    const live = open();
    const fromSite = freshStore(live);
    await syncSource(live, fromSite);
    const comparable = async (store: PostStore) =>
      [...(await byTitle(store)).values()]
        .map(({ html: _html, lang: _lang, title, ...rest }) => ({ title: title.replace('–', '-'), ...rest }))
        .sort((a, b) => Number(a.id) - Number(b.id));
    expect(await comparable(fromFile)).toEqual(await comparable(fromSite));
  });
});

describe.skipIf(missing !== null)('a real WordPress that changes', () => {
  it('shows a later run exactly what was edited, hidden, removed and published meanwhile', async () => {
    const source = open();
    const store = freshStore(source);
    await syncSource(source, store);
    const posts = await byTitle(store);
    const idOf = (title: string): string => posts.get(title)!.id;
    expect(await syncSource(source, store)).toMatchObject({ added: 0, changed: 0, deleted: 0 });

    await wordpress.rest('POST', `/wp/v2/posts/${idOf('Plain post 10')}`, { content: '<p>Edited</p>' });
    await wordpress.rest('POST', `/wp/v2/posts/${idOf('Plain post 20')}`, { status: 'private' });
    await wordpress.rest('POST', `/wp/v2/posts/${idOf('Plain post 30')}`, { password: 'now protected' });
    await wordpress.rest('POST', `/wp/v2/pages/${idOf('About us')}`, { status: 'draft' });
    await wordpress.rest('DELETE', `/wp/v2/posts/${idOf('Plain post 40')}?force=true`);
    await wordpress.rest('DELETE', `/wp/v2/posts/${idOf('Plain post 50')}`);
    const added = (await wordpress.rest('POST', '/wp/v2/posts', { title: 'New', content: 'n', status: 'publish' })) as {
      id: number;
    };

    const deleted: SourceEvent[] = [];
    const report = await syncSource(source, store, (event) => event.kind === 'deleted' && deleted.push(event));
    expect(report).toMatchObject({ added: 1, changed: 1, deleted: 5, rejected: 0 });
    const gone = ['Plain post 20', 'Plain post 30', 'About us', 'Plain post 40', 'Plain post 50'].map(idOf);
    expect(deleted.map((event) => event.kind === 'deleted' && event.id).sort()).toEqual(gone.sort());
    const now = await byTitle(store);
    expect(now.get('Plain post 10')?.html).toContain('Edited');
    expect(now.get('New')?.id).toBe(String(added.id));
    expect(await syncSource(source, store)).toMatchObject({ added: 0, changed: 0, deleted: 0 });
  });
});
