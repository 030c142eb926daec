import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';
import { FEW_RERANKED, hasBrowser, openBrowser, settled, titlesOf, totalOf, visit } from './browser.ts';

const BOX = '#q';

describe.skipIf(!hasBrowser)('the search page', () => {
  let browser: Browser;
  let server: ServerProcess;
  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), startSampleServer({ set: [FEW_RERANKED] })]);
  });
  afterAll(() => Promise.all([browser?.close(), server?.stop()]));
  const found = async (query: string) => {
    const visited = await visit(browser, `${server.url}/?${query}`);
    await visited.page.locator('#count:not(:empty)').waitFor();
    await settled(visited.page);
    return visited;
  };

  it('welcomes with examples that lead to results, and complains of nothing', async () => {
    const { page, complaints } = await visit(browser, server.url);
    expect(await page.locator('#answer').isVisible()).toBe(false);
    for (const example of await page.locator('#welcome a').all()) {
      const { page: other } = await found((await example.getAttribute('href'))!.slice(1));
      expect(await totalOf(other), (await example.textContent())!).toBeGreaterThan(0);
    }
    await page.locator('#welcome a').first().click();
    await page.locator('.hit').first().waitFor();
    expect(await page.locator(BOX).inputValue()).toBe('why does my site show a blank page after an update');
    expect(complaints).toEqual([]);
  });

  it('finds with Enter, marks the words, links the titles and tells date, author, type and categories', async () => {
    const { page, complaints } = await visit(browser, server.url);
    await page.locator(BOX).fill('redis object cache');
    await page.locator(BOX).press('Enter');
    const first = page.locator('.hit').first();
    await first.waitFor();
    expect(await first.locator('h2 a').getAttribute('href')).toBe(
      'https://blog.example.com/2024/03/redis-object-cache/',
    );
    const marks = (await first.locator('mark').allInnerTexts()).map((mark) => mark.toLowerCase());
    expect(marks.length).toBeGreaterThan(0);
    for (const mark of marks) expect(mark).toMatch(/^(redis|object|cach)/);
    expect(await first.locator('.meta > *').allInnerTexts()).toEqual([
      '19 Mar 2024',
      'Jonah Whitlock',
      'post',
      'Performance, Hosting',
    ]);
    expect(await page.title()).toBe('redis object cache – Search');
    expect(complaints).toEqual([]);
  });

  it('asks once for a word that is typed, and only after a pause', async () => {
    const { page } = await visit(browser, server.url);
    const asked: string[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname === '/search') asked.push(searchParams.get('q')!);
    });
    await page.clock.install();
    await page.locator(BOX).pressSequentially('redis');
    await page.clock.runFor(249);
    expect(asked).toEqual([]);
    await page.clock.runFor(60);
    await page.locator('.hit').first().waitFor();
    expect(asked).toEqual(['redis']);
  });

  it('forgets the answer to a query that was left', async () => {
    const { page } = await visit(browser, server.url);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(/\/search\?q=redis/, async (route) => {
      await held;
      await route.continue().catch(() => undefined);
    });
    const cancelled = page.waitForEvent('requestfailed');
    await page.locator(BOX).fill('redis');
    await page.locator(BOX).press('Enter');
    await page.locator(BOX).fill('xmlrpc.php');
    await page.locator(BOX).press('Enter');
    expect((await cancelled).url()).toContain('q=redis');
    release();
    await page.locator('.hit').first().waitFor();
    expect((await titlesOf(page))[0]).toMatch(/xml-?rpc/i);
  });

  it('narrows by a facet to as many as it promised, offers its other values still, and lets go by its chip', async () => {
    const { page, complaints } = await found('q=backup&mode=bm25&rerank=false');
    const all = await totalOf(page);
    const facet = page.locator('label', { has: page.locator('input[name="category"][value="Hosting"]') });
    const promised = Number(await facet.locator('.tally').textContent());
    expect(promised).toBeLessThan(all);
    await facet.click();
    const chip = page.getByRole('link', { name: 'Remove filter Category: Hosting' });
    await chip.waitFor();
    await settled(page);
    expect(await totalOf(page)).toBe(promised);
    for (const meta of await page.locator('.meta').allInnerTexts()) expect(meta).toContain('Hosting');
    expect(await page.locator('input[name="category"]').count()).toBeGreaterThan(5);
    expect(await page.locator('input[name="category"][value="Hosting"]').isChecked()).toBe(true);
    expect(await page.evaluate('document.activeElement.value')).toBe('Hosting');
    await chip.click();
    await page.waitForURL((url) => !url.searchParams.has('category'));
    await settled(page);
    expect(await totalOf(page)).toBe(all);
    expect(complaints).toEqual([]);
  });

  it('narrows by dates, and a range without posts says what to do about it', async () => {
    const { page } = await found('q=redis+object+cache');
    await page.locator('[name="date_from"]').fill('2024-01-01');
    await page.locator('.chip').waitFor();
    await settled(page);
    const dates = await page
      .locator('.meta time')
      .evaluateAll((times) => times.map((time) => time.getAttribute('datetime')!));
    expect(dates.length).toBeGreaterThan(0);
    for (const date of dates) expect(date >= '2024-01-01').toBe(true);
    await page.locator('[name="date_to"]').fill('2024-01-01');
    await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
    await page.getByRole('link', { name: 'Search without the filters' }).click();
    await page.locator('.hit').first().waitFor();
    expect(await page.locator('.chip').count()).toBe(0);
  });

  it('switches the mode and the second reading, and the reasons show which lists took part', async () => {
    const { page } = await found('q=slow+database&rerank=false');
    const place = async (list: string): Promise<string> => {
      await settled(page);
      const why = page.locator('.why').first();
      if ((await why.getAttribute('open')) === null) await why.locator('summary').click();
      return (await why.locator('tr', { hasText: list }).locator('td').first().textContent())!;
    };
    expect(await page.getByLabel('Rerank the best').isChecked()).toBe(false);
    await page.getByLabel('Words alone').check();
    await page.waitForURL(/mode=bm25/);
    expect(await place('Words (BM25)')).toMatch(/^\d+$/);
    expect(await place('Meaning (vectors)')).toBe('–');
    expect(await place('Cross-encoder')).toBe('–');
    await page.getByLabel('Meaning alone').check();
    await page.waitForURL(/mode=dense/);
    expect(await place('Meaning (vectors)')).toMatch(/^\d+$/);
    await page.getByLabel('Rerank the best').check();
    await page.waitForURL(/rerank=true/);
    expect(await place('Cross-encoder')).toBe('1');
  });

  it('tells the terms of a hit and the time of every stage that ran', async () => {
    const { page, complaints } = await found('q=redis+object+cache&rerank=false');
    await page.locator('.why summary').first().click();
    const terms = page.getByRole('table', { name: 'What each word gave' });
    await terms.waitFor();
    expect(await terms.locator('tbody tr').count()).toBe(3);
    await page.locator('.timings summary').click();
    const stages = await page.locator('.timings dt').allInnerTexts();
    expect(stages).toEqual(expect.arrayContaining(['Search by words', 'Search by meaning', 'Fetching texts']));
    expect(await page.locator('.timings rect').count()).toBe(stages.length);
    expect(complaints).toEqual([]);
  });

  it('shows every passage where posts are too much', async () => {
    const { page } = await found('q=redis+object+cache&rerank=false');
    const posts = await totalOf(page);
    await page.getByLabel('Every passage').check();
    await page.waitForURL(/collapse=passage/);
    await page
      .locator('.meta', { hasText: /passage \d+/ })
      .first()
      .waitFor();
    await settled(page);
    expect(await totalOf(page)).toBeGreaterThan(posts);
  });

  it('pages from end to end under one total, and no result comes twice', async () => {
    const { page } = await found('q=backup&rerank=false');
    const total = await totalOf(page);
    expect(total).toBeGreaterThan(20);
    const seen = await titlesOf(page);
    const next = page.getByRole('link', { name: 'Next' });
    while ((await next.count()) > 0) {
      const at = seen.length;
      await next.click();
      await page.waitForURL(new RegExp(`offset=${at}`));
      await page.locator(`.hit[value="${at + 1}"]`).waitFor();
      seen.push(...(await titlesOf(page)));
      expect(await page.locator('#count').textContent()).toBe(`${at + 1}–${seen.length} of ${total} results`);
    }
    expect(seen.length).toBe(total);
    expect(new Set(seen).size).toBe(total);
  });
});
