import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser } from '../../server/pages/browser.ts';
import { type FeedServer, startFeed } from './feed-server.ts';
import { START_MS, snapshotOf } from './scenarios.ts';
import { timelineOf } from './timelines.ts';
import { hideTab, openDashboard, PATIENTLY, shows, textOf, timeOf } from './visit-dashboard.ts';

describe.skipIf(!hasBrowser)('the dashboard', () => {
  let browser: Browser;
  let feed: FeedServer;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    feed = await startFeed('calm');
  });
  afterEach(() => feed.stop());

  const opened = (query = '') => openDashboard(browser, feed, { query });
  const vital = (page: Page, name: string): Promise<string> =>
    textOf(page.locator('#vitals-now > li', { has: page.getByText(name, { exact: true }) }).locator('b'));
  /** Cells of a chart's table, the newest row first. */
  const tableRows = async (page: Page, id: string): Promise<string[][]> => {
    const figure = page.locator('figure', { has: page.locator(`#${id}-title`) });
    if ((await figure.locator('details[open]').count()) === 0) await figure.locator('summary').click();
    const rows = await figure.locator('tbody tr').all();
    return Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
  };

  it('shows the numbers of each second, and complains of nothing', async () => {
    const { page, complaints } = await opened();
    for (const step of [1, 2, 3]) {
      feed.send(1);
      await shows(page, step);
      expect(await vital(page, 'Answered')).toBe(`${snapshotOf('calm', step).perSecond.answered}/s`);
    }
    expect(await textOf(page.locator('h1'))).toBe('All objectives kept');
    expect(await page.locator('h1 svg.good').count()).toBe(1);
    expect(await textOf(page.locator('#others'))).toBe('Least budget left: availability, 78.4 %');
    expect(await page.title()).toBe('All objectives kept – wp-chat');
    expect(await page.locator('#limits-now tbody tr').count()).toBe(6);
    expect(await textOf(page.locator('#workers-now'))).toMatch(/Busy\s+\d of 3/);
    expect(await textOf(page.locator('#index-now'))).toContain('2026-02-27T21-04-11Z-3f9c');
    expect(await textOf(page.locator('#models-now'))).toContain('wp-chat-rerank-en');
    expect(await textOf(page.locator('#incidents-now'))).toBe('None open');
    expect(await textOf(page.locator('#arms-now'))).toBe('Control only');
    expect(complaints).toEqual([]);
  });

  it('tells objectives with budget, and each pair of windows with its burn', async () => {
    const { page } = await opened();
    const rows = page.locator('.objectives tbody tr');
    expect(await rows.count()).toBe(3);
    const first = await textOf(rows.first());
    expect(first).toContain('99.5 % answered, 28 days');
    expect(first).toContain('78.4 % left');
    expect(first).toContain('0.31× / 0.31× of 14×');
    expect(await rows.first().locator('.burns li').count()).toBe(4);
    expect(await textOf(rows.nth(1))).toContain('95 % within 800 ms, 28 days');
  });

  it('puts what fires first: since when, how bad and why', async () => {
    const { page } = await opened();
    feed.show('outage');
    feed.send(1);
    await page.locator('.alarm').first().waitFor();
    expect(await textOf(page.locator('h1'))).toBe('2 detectors firing: errors since 13 s, latency since 10 s');
    const alarms = await page.locator('.alarm').allInnerTexts();
    expect(alarms[0]).toMatch(/^errors critical, since 13.s, high error rate/);
    expect(alarms[0]).toContain('55.1 % of 12,840 searches failed');
    expect(alarms[0]).toMatch(/share 0\.55/);
    expect(alarms[1]).toMatch(/^latency high/);
    expect(await textOf(page.locator('#others'))).toContain('Objectives missed: availability');
    expect(await textOf(page.locator('#others'))).toContain('1 incident open: high error rate');
    expect(await textOf(page.locator('#incidents-now'))).toContain('acknowledged, for 4');
    expect(await page.locator('#arms-now tbody tr').count()).toBe(2);
    expect(await page.title()).toBe('2 detectors firing: errors, latency – wp-chat');
    feed.show('calm');
    feed.send(1);
    await page.getByRole('heading', { name: 'All objectives kept' }).waitFor();
    expect(await page.locator('.alarm').count()).toBe(0);
  });

  it('begins with what was before, and carries it on', async () => {
    const { page } = await opened();
    await expect.poll(() => tableRows(page, 'traffic'), PATIENTLY).toHaveLength(12);
    const before = timelineOf('calm', '5m', START_MS);
    await expect
      .poll(async () => (await tableRows(page, 'traffic'))[0], PATIENTLY)
      .toEqual([timeOf(-1), `${before.perSecond.answered.at(-1)}/s`]);
    feed.send(3);
    await shows(page, 3);
    const answered = (step: number): string => `${snapshotOf('calm', step).perSecond.answered}/s`;
    await expect
      .poll(async () => (await tableRows(page, 'traffic')).slice(0, 4), PATIENTLY)
      .toEqual([
        [timeOf(2), answered(3)],
        [timeOf(1), answered(2)],
        [timeOf(0), answered(1)],
        [timeOf(-1), `${before.perSecond.answered.at(-1)}/s`],
      ]);
    expect(feed.asked).toEqual(['5m']);
    await expect.poll(() => tableRows(page, 'curve'), PATIENTLY).toHaveLength(12);
  });

  it('draws lines, and draws them anew when the colours change', async () => {
    const { page } = await opened();
    await expect.poll(() => tableRows(page, 'latency'), PATIENTLY).toHaveLength(12);
    const pixels = (): Promise<string[]> =>
      page
        .locator('.plot canvas')
        .evaluateAll((all) => all.map((one) => (one as never as { toDataURL(): string }).toDataURL()));
    const light = await pixels();
    expect(new Set(light).size).toBe(6);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(async () => (await pixels()).some((image) => light.includes(image)), PATIENTLY).toBe(false);
  });

  it('draws a second that stands alone', async () => {
    feed.show('empty');
    const { page } = await opened();
    await expect.poll(() => feed.asked.length, PATIENTLY).toBe(1);
    const accents = (): Promise<number> =>
      page.evaluate(`(() => {
        const { width, height } = document.querySelector('[aria-labelledby="latency-title"] canvas');
        const pixels = document.querySelector('[aria-labelledby="latency-title"] canvas').getContext('2d').getImageData(0, 0, width, height).data;
        let count = 0;
        for (let at = 0; at < pixels.length; at += 4) if (pixels[at] < 40 && pixels[at + 1] > 80 && pixels[at + 1] < 120 && pixels[at + 3] > 0) count++;
        return count;
      })()`);
    expect(await accents()).toBe(0);
    feed.sendRaw(JSON.stringify({ ...snapshotOf('empty', 5), latency: snapshotOf('calm', 5).latency }));
    feed.sendRaw(JSON.stringify(snapshotOf('empty', 6)));
    await shows(page, 6);
    await expect.poll(accents, PATIENTLY).toBeGreaterThan(0);
  });

  it('fetches another range, and the same again when it has grown', async () => {
    const { page } = await opened();
    await page.clock.install();
    await page.keyboard.press('3');
    expect(await page.locator('#range-24h').isChecked()).toBe(true);
    expect(new URL(page.url()).search).toBe('?range=24h');
    await expect.poll(() => feed.asked, PATIENTLY).toEqual(['5m', '24h']);
    await page.clock.fastForward(40_000);
    feed.send(1);
    await shows(page, 1);
    expect(feed.asked.length).toBe(2);
    await page.clock.fastForward(21_000);
    feed.send(1);
    await expect.poll(() => feed.asked, PATIENTLY).toEqual(['5m', '24h', '24h']);
    await page.reload();
    await shows(page, 2);
    expect(await page.locator('#range-24h').isChecked()).toBe(true);
    await page.getByLabel('1 h').check();
    await expect.poll(() => feed.asked.at(-1), PATIENTLY).toBe('1h');
  });

  it('says when the history cannot be read, and reads it when it can', async () => {
    feed.failTimeline(true);
    const { page } = await opened('?range=28d');
    await page.getByText('The history cannot be read; trying again. Times are UTC').waitFor();
    feed.failTimeline(false);
    await page.clock.install();
    await page.clock.fastForward(11_000);
    feed.send(1);
    await page.getByText('Times are UTC', { exact: true }).waitFor();
    expect(feed.asked).toEqual(['28d', '28d']);
  });

  it('stands still while paused, but for the verdict', async () => {
    const { page } = await opened();
    await page.keyboard.press('p');
    expect(await page.locator('#pause').getAttribute('aria-pressed')).toBe('true');
    await page.getByText(`Paused at ${timeOf(0)} UTC`).waitFor();
    const before = await vital(page, 'p95');
    feed.show('outage');
    feed.send(5);
    await page.getByRole('heading', { name: /2 detectors firing/ }).waitFor();
    expect(await vital(page, 'p95')).toBe(before);
    expect(await page.locator('.alarm').count()).toBe(0);
    await page.keyboard.press('p');
    await shows(page, 5);
    expect(await page.locator('.alarm').count()).toBe(2);
  });

  it('draws nothing while nobody looks, and catches up', async () => {
    const { page } = await opened();
    await hideTab(page, true);
    const before = await textOf(page.locator('#vitals-now'));
    feed.show('outage');
    feed.send(4);
    await expect.poll(() => page.title(), PATIENTLY).toContain('2 detectors firing');
    expect(await textOf(page.locator('#vitals-now'))).toBe(before);
    await hideTab(page, false);
    await shows(page, 4);
    await expect.poll(() => feed.asked, PATIENTLY).toEqual(['5m', '5m']);
  });

  it('lists the ten busiest of hundreds', async () => {
    feed.show('crowd');
    const { page } = await opened();
    expect(await page.locator('#limits-now tbody tr').count()).toBe(10);
    expect(await textOf(page.locator('#limits-now'))).toContain('and 390 more');
  });

  it('has nothing to say before the first search, and says it', async () => {
    feed.show('empty');
    const { page, complaints } = await opened();
    expect(await textOf(page.locator('h1'))).toBe('No searches yet');
    expect(await vital(page, 'p95')).toBe('–');
    expect(await textOf(page.locator('.objectives'))).toContain('– no events');
    await expect
      .poll(() => page.getByText('No searches in this range').filter({ visible: true }).count(), PATIENTLY)
      .toBeGreaterThan(1);
    expect(await page.getByText(/NaN|Infinity|undefined|null/).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('needs no more memory after thousands of seconds', async () => {
    const { page } = await opened();
    const session = await page.context().newCDPSession(page);
    const pass = async (from: number, to: number) => {
      for (let step = from; step < to; step += 250) {
        feed.send(250);
        await shows(page, step + 250);
      }
      await session.send('HeapProfiler.collectGarbage');
      const { metrics } = await session.send('Performance.getMetrics');
      return new Map(metrics.map(({ name, value }) => [name, value]));
    };
    await session.send('Performance.enable');
    const early = await pass(0, 1000);
    const late = await pass(1000, 3000);
    expect(late.get('Nodes')! - early.get('Nodes')!).toBeLessThan(200);
    expect(late.get('JSEventListeners')).toBe(early.get('JSEventListeners'));
    expect(late.get('JSHeapUsedSize')! - early.get('JSHeapUsedSize')!).toBeLessThan(1_000_000);
  });
});
