import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';
import { FEW_RERANKED, hasBrowser, openBrowser, PHONE, visit } from './browser.ts';
import { faultsOf, weakTextsOf } from './page-audit.ts';

/** Every state of the pages in which something else is to be seen, and how it comes about. */
const STATES: readonly (readonly [string, string, (page: Page) => Promise<void>])[] = [
  ['the welcome', '/', async (page) => page.locator('#welcome').waitFor()],
  [
    'results with filters, notices, reasons and timings',
    `/?q=${encodeURIComponent('日本語の抜粋の文字数 WordPress')}&category=Content&type=post`,
    async (page) => {
      await page.locator('.why summary').first().click();
      await page.locator('.why table').first().waitFor();
      await page.locator('.timings summary').click();
    },
  ],
  [
    'a page of many results',
    '/?q=backup&rerank=false&offset=10',
    async (page) => page.locator('.hit[value="20"]').waitFor(),
  ],
  ['nothing found', '/?q=qwxzv&mode=bm25&tag=none', async (page) => page.locator('.notice h2').waitFor()],
  ['a refusal', '/?q=backup&topk=none', async (page) => page.getByRole('alert').waitFor()],
  [
    'the reference, tried out',
    '/docs',
    async (page) => {
      await page.getByRole('button', { name: 'Send' }).click();
      await page.getByRole('status').getByText('200').waitFor();
      await page.evaluate(
        `for (const one of document.querySelectorAll('main > section > details > summary')) one.click()`,
      );
    },
  ],
];

describe.skipIf(!hasBrowser)('the pages for everyone', () => {
  let browser: Browser;
  let server: ServerProcess;
  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), startSampleServer({ set: [FEW_RERANKED] })]);
  });
  afterAll(() => Promise.all([browser?.close(), server?.stop()]));

  for (const [name, path, prepare] of STATES) {
    it(`${name}: every text stands out at least 4.5 to 1, light and dark; controls have names, ids are single, headings and lists are in order`, async () => {
      const { page } = await visit(browser, server.url + path, { colorScheme: 'light' });
      await prepare(page);
      expect(await faultsOf(page)).toEqual([]);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const { measured, weak } = await weakTextsOf(page);
        expect(measured).toBeGreaterThan(5);
        expect(weak, colorScheme).toEqual([]);
      }
    });

    it(`${name}: fits a phone of 360 pixels without scrolling sideways`, async () => {
      const { page } = await visit(browser, server.url + path, PHONE);
      await prepare(page);
      const fold = page.locator('.fold');
      if (await fold.isVisible()) await fold.click();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      expect(await page.evaluate('visualViewport.scale')).toBe(1);
    });
  }

  it('tells a screen reader how many results there are', async () => {
    const { page } = await visit(browser, `${server.url}/?q=backup&rerank=false`);
    await page.locator('.hit').first().waitFor();
    const status = page.getByRole('status');
    expect(await status.textContent()).toMatch(/^1–10 of \d+ results$/);
    await page.getByRole('link', { name: 'Next' }).click();
    await page.locator('.hit[value="11"]').waitFor();
    expect(await status.textContent()).toMatch(/^11–20 of \d+ results$/);
  });

  it('shows where the focus is on everything that takes it', async () => {
    const { page } = await visit(browser, `${server.url}/?q=backup&rerank=false&category=Maintenance`);
    await page.locator('.hit').first().waitFor();
    for (let presses = 0; presses < 30; presses++) {
      await page.keyboard.press('Tab');
      const seen = await page.evaluate(
        `(() => { const own = document.activeElement; const ring = getComputedStyle(own).outlineStyle !== 'none';
          return ring || own.id === 'q' || own === document.body ? '' : own.outerHTML; })()`,
      );
      expect(seen).toBe('');
    }
  });

  it('moves nothing for who asked for stillness', async () => {
    const still = await visit(browser, `${server.url}/?q=backup&rerank=false`, { reducedMotion: 'reduce' });
    await still.page.locator('.hit').first().waitFor();
    const moving = `[...document.querySelectorAll('*')].filter((one) => ['', '::before'].some((part) =>
      getComputedStyle(one, part).transitionDuration !== '0s' || getComputedStyle(one, part).animationName !== 'none')).length`;
    expect(await still.page.evaluate(moving)).toBe(0);
    const lively = await visit(browser, `${server.url}/?q=backup&rerank=false`, { reducedMotion: 'no-preference' });
    await lively.page.locator('.hit').first().waitFor();
    expect(await lively.page.evaluate(moving)).toBeGreaterThan(0);
  });

  it('loads less than 40,000 bytes before the first search', async () => {
    const { page } = await visit(browser, `${server.url}/?q=backup&rerank=false`);
    await page.locator('.hit').first().waitFor();
    const loaded = await page.evaluate<string[]>(
      `performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname).filter((path) => path.startsWith('/assets/'))`,
    );
    const bytes = ['search.html', ...loaded.map((path) => path.replace('/assets/', ''))].map(
      (file) => statSync(join(packageRoot, 'server/pages', file)).size,
    );
    expect(loaded.length).toBeGreaterThan(5);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(40_000);
  });
});
