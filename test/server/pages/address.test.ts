import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';
import { FEW_RERANKED, hasBrowser, openBrowser, settled, titlesOf, visit } from './browser.ts';

describe.skipIf(!hasBrowser)('the search page by address and by keyboard', () => {
  let browser: Browser;
  let server: ServerProcess;
  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), startSampleServer({ set: [FEW_RERANKED] })]);
  });
  afterAll(() => Promise.all([browser?.close(), server?.stop()]));

  it('shows what a shared address says, in results and in every control', async () => {
    const query =
      'q=backup&mode=bm25&rerank=false&collapse=passage&category=Maintenance&date_from=2023-01-01&offset=10';
    const { page } = await visit(browser, `${server.url}/?${query}&utm_source=letter`);
    await page.locator('.hit[value="11"]').waitFor();
    expect(await page.locator('#q').inputValue()).toBe('backup');
    expect(await page.getByLabel('Words alone').isChecked()).toBe(true);
    expect(await page.getByLabel('Every passage').isChecked()).toBe(true);
    expect(await page.getByLabel('Rerank the best').isChecked()).toBe(false);
    expect(await page.locator('[name="date_from"]').inputValue()).toBe('2023-01-01');
    expect(await page.locator('input[name="category"][value="Maintenance"]').isChecked()).toBe(true);
    expect(await page.locator('.chip').allInnerTexts()).toEqual([
      'Category: Maintenance ×',
      'From: 2023-01-01 ×',
      'Remove all',
    ]);
    expect(await page.locator('#count').textContent()).toMatch(/^11–20 of \d+ results$/);
  });

  it('goes back and forward through queries, filters and pages', async () => {
    const { page } = await visit(browser, server.url);
    await page.locator('#q').fill('backup');
    await page.locator('#q').press('Enter');
    await page.locator('.hit').first().waitFor();
    const first = await titlesOf(page);
    await page.getByLabel('Words alone').check();
    await page.waitForURL(/mode=bm25/);
    await settled(page);
    await page.getByRole('link', { name: 'Next' }).click();
    await page.locator('.hit[value="11"]').waitFor();
    const third = await titlesOf(page);
    await page.goBack();
    await page.locator('.hit[value="1"]').waitFor();
    await page.goBack();
    await settled(page);
    expect(await titlesOf(page)).toEqual(first);
    expect(await page.getByLabel('Words and meaning').isChecked()).toBe(true);
    await page.goBack();
    await page.locator('#welcome').waitFor();
    expect(await page.locator('#q').inputValue()).toBe('');
    for (const address of [/q=backup$/, /mode=bm25$/, /offset=10/]) {
      await page.goForward();
      await page.waitForURL(address);
    }
    await page.locator('.hit[value="11"]').waitFor();
    expect(await titlesOf(page)).toEqual(third);
  });

  it('takes the typing of one query as one step of the history', async () => {
    const { page } = await visit(browser, `${server.url}/?q=redis&rerank=false`);
    await page.locator('.hit').first().waitFor();
    for (const words of ['xml', 'xmlrpc']) {
      await page.locator('#q').fill(words);
      await page.waitForURL(new RegExp(`q=${words}&|q=${words}$|&q=${words}`));
      await settled(page);
    }
    await page.goBack();
    await page.waitForURL(/q=redis/);
    expect(await page.locator('#q').inputValue()).toBe('redis');
  });

  it('needs no mouse: to the box, to the results, through them, back, and clear', async () => {
    const { page, complaints } = await visit(browser, server.url);
    const focused = (): Promise<string> =>
      page.evaluate('document.activeElement.id || document.activeElement.textContent');
    expect(await focused()).toBe('q');
    await page.keyboard.type('backup');
    await page.keyboard.press('Enter');
    await page.locator('.hit').first().waitFor();
    const titles = await titlesOf(page);
    const journey: [string, string][] = [
      ['ArrowDown', titles[0]!],
      ['j', titles[1]!],
      ['ArrowDown', titles[2]!],
      ['k', titles[1]!],
      ['ArrowUp', titles[0]!],
      ['k', 'q'],
      ['ArrowDown', titles[0]!],
      ['/', 'q'],
      ['ArrowDown', titles[0]!],
      ['Escape', 'q'],
    ];
    for (const [key, expected] of journey) {
      await page.keyboard.press(key);
      expect(await focused(), key).toBe(expected);
    }
    expect(await page.locator('#q').inputValue()).toBe('backup');
    await page.keyboard.press('Escape');
    await page.locator('#welcome').waitFor();
    expect(await page.locator('#q').inputValue()).toBe('');
    expect(complaints).toEqual([]);
  });

  it('reaches every control with Tab, results after options, and the skip link goes past them', async () => {
    const { page } = await visit(browser, `${server.url}/?q=backup&rerank=false`);
    await page.locator('.hit').first().waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the results');
    expect(await page.locator('.skip').isVisible()).toBe(true);
    const reached: string[] = [];
    for (let presses = 0; presses < 60 && reached.at(-1) !== 'hit'; presses++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate('document.activeElement.closest(".hit") ? "hit" : document.activeElement.name || ""'),
      );
    }
    expect(reached.filter((name, at) => name !== '' && name !== reached[at - 1])).toEqual([
      'q',
      'mode',
      'rerank',
      'collapse',
      'date_from',
      'date_to',
      'category',
      'tag',
      'author',
      'type',
      'language',
      'hit',
    ]);
    await page.locator('.skip').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe((await titlesOf(page))[0]);
  });
});
