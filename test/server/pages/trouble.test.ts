import { mkdtempSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildIndex, type ServerProcess, startServer } from '../../support/server.ts';
import { hasBrowser, openBrowser, visit } from './browser.ts';

const TITLE = `<img src=x onerror="document.title='taken'"> & <b>bold</b>`;
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const POSTS = [
  {
    id: '1',
    title: TITLE,
    html: `<p>Hostile words: ${escaped('<script>document.title="taken"</script> <mark>unmarked</mark> &amp; &lt;')}</p>`,
    url: 'javascript:alert(1)',
    date: '2024-05-01T10:00:00Z',
    author: '<i>Mallory</i>',
    categories: ['<u>Trap</u>', 'Plain'],
    tags: [],
    type: 'post',
    lang: 'en',
  },
  {
    id: '2',
    title: 'ذاكرة التخزين المؤقت في ووردبريس',
    html: '<p>ذاكرة التخزين المؤقت تجعل الموقع أسرع بكثير.</p>',
    url: 'https://blog.example.com/ar/',
    date: '2024-05-02T10:00:00Z',
    author: 'ليلى',
    categories: ['Plain'],
    tags: [],
    type: 'post',
    lang: 'ar',
  },
];

/** A port that the server can be given twice: one that it finds by itself is not free again at once. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

describe.skipIf(!hasBrowser)('the search page in trouble', () => {
  let browser: Browser;
  let server: ServerProcess;
  let restart: () => Promise<ServerProcess>;
  const folder = mkdtempSync(join(tmpdir(), 'wp-chat-hostile-'));
  const index = join(folder, 'index');
  beforeAll(async () => {
    const source = join(folder, 'posts.jsonl');
    writeFileSync(source, POSTS.map((one) => JSON.stringify(one)).join('\n'));
    buildIndex(source, index);
    const port = await freePort();
    restart = () => startServer({ index, set: [`server.port=${port}`] });
    [browser, server] = await Promise.all([openBrowser(), restart()]);
  });
  afterAll(() => Promise.all([browser?.close(), server?.stop()]));

  it('shows markup from a site as the text it is, and nothing of it runs', async () => {
    const { page, complaints } = await visit(browser, `${server.url}/?q=hostile+words+unmarked`);
    const hit = page.locator('.hit', { hasText: 'Hostile' });
    await hit.waitFor();
    expect(await hit.locator('h2').textContent()).toBe(TITLE);
    expect(await hit.locator('.meta').textContent()).toContain('<u>Trap</u>, Plain');
    expect(await hit.locator('.snippet').textContent()).toContain(
      '<script>document.title="taken"</script> <mark>unmarked</mark>',
    );
    expect(
      await page.locator('.hit .snippet > :not(mark), .hit :is(h2, .meta) :is(img, b, i, u, script)').count(),
    ).toBe(0);
    await page.locator('#facets label', { hasText: '<u>Trap</u>' }).click();
    expect(await page.locator('.chip').textContent()).toBe('Category: <u>Trap</u> ×');
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    expect(await page.title()).not.toBe('taken');
    expect(complaints).toEqual([]);
  });

  it('reads right-to-left titles, snippets and queries from the right', async () => {
    const { page } = await visit(browser, `${server.url}/?q=${encodeURIComponent('ذاكرة التخزين')}`);
    const hit = page.locator('.hit', { hasText: 'ووردبريس' });
    await hit.waitFor();
    for (const part of [hit.locator('h2'), hit.locator('.snippet'), page.locator('#q')]) {
      expect(await part.evaluate((element) => element.matches(':dir(rtl)'))).toBe(true);
    }
  });

  it('says in plain words when the meaning of a language is not known', async () => {
    const { page } = await visit(browser, `${server.url}/?q=${encodeURIComponent('日本語の抜粋の文字数を変えたい')}`);
    const notice = page.locator('[data-kind="dense_language"]');
    await notice.waitFor();
    expect(await notice.textContent()).toBe(
      'Search by meaning does not know the language of your query yet. These results share words with your query.',
    );
  });

  it('names the fields that are not right', async () => {
    const { page } = await visit(browser, `${server.url}/?q=words&topk=many&date_from=yesterday`);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.getByRole('heading').textContent()).toBe('The request is not valid');
    expect(await alert.locator('li').allInnerTexts()).toEqual([
      expect.stringMatching(/^Results on a page: expected a(n int| number|.*whole).*, not “many”$/),
      expect.stringMatching(/^Published from: expected a date such as .*, not “yesterday”$/),
    ]);
  });

  it('says so on a page beyond the last, and leads back', async () => {
    const { page } = await visit(browser, `${server.url}/?q=words&mode=bm25&offset=50`);
    await page.getByRole('link', { name: 'Go to the first' }).click();
    await page.locator('.hit').first().waitFor();
  });

  it('says when the server is gone, and finds again when it is back', async () => {
    const { page } = await visit(browser, server.url);
    await server.stop();
    await page.locator('#q').fill('words');
    await page.locator('#q').press('Enter');
    await page.getByRole('heading', { name: 'The search does not answer' }).waitFor();
    server = await restart();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.hit').first().waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});
