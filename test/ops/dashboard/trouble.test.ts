import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser, visit } from '../../server/pages/browser.ts';
import { type FeedServer, startFeed } from './feed-server.ts';
import { HOSTILE, snapshotOf } from './scenarios.ts';
import { openDashboard, PATIENTLY, shows, textOf, timeOf } from './visit-dashboard.ts';

describe.skipIf(!hasBrowser)('the dashboard in trouble', () => {
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

  it('says when the numbers stop coming, how old they are, and finds them again by itself', async () => {
    const { page } = await openDashboard(browser, feed);
    await page.clock.install();
    feed.fail('hang');
    await page.clock.fastForward(5000);
    await page.getByRole('heading', { name: /^Connection lost: these numbers are [5-9].s old$/ }).waitFor();
    expect(await page.locator('body').getAttribute('data-tone')).toBe('lost');
    expect(await textOf(page.getByRole('status'))).toBe('Connection lost; trying again');
    expect(await textOf(page.locator('#others'))).toContain('Before: All objectives kept');
    expect(await textOf(page.locator('#connection'))).toBe('Trying again');
    expect(await page.title()).toBe('Connection lost; trying again – wp-chat');
    await page.clock.fastForward(120_000);
    await page.getByRole('heading', { name: /these numbers are 2.min/ }).waitFor();
    feed.fail('none');
    await page.clock.fastForward(11_000);
    await shows(page, 0);
    expect(await textOf(page.getByRole('status'))).toBe('All objectives kept');
    expect(feed.listeners()).toBe(1);
    feed.send(1);
    await shows(page, 1);
  });

  it('asks again where it is refused, ever more patiently, and fetches what it missed', async () => {
    const { page } = await openDashboard(browser, feed);
    feed.fail(503);
    await page.getByRole('heading', { name: /^Connection lost/ }).waitFor();
    feed.show('outage');
    feed.send(30);
    feed.fail('none');
    await shows(page, 30);
    await page.getByRole('heading', { name: /2 detectors firing/ }).waitFor();
    await expect.poll(() => feed.asked, PATIENTLY).toEqual(['5m', '5m']);
    expect(feed.listeners()).toBe(1);
  });

  it('says so where it never had a connection', async () => {
    feed.fail(503);
    const { page } = await visit(browser, `${feed.url}/dashboard`);
    await page.getByRole('heading', { name: /^No connection for \d+.s$/ }).waitFor();
    feed.fail('none');
    await shows(page, 0);
  });

  it('does not take the silence of a server that sends something else for life', async () => {
    const { page, complaints } = await openDashboard(browser, feed);
    await page.clock.install();
    for (const data of ['{torn', 'null', '{}', '[1]']) feed.sendRaw(data);
    await page.clock.fastForward(5000);
    await page.getByRole('heading', { name: /^Connection lost/ }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('goes on with the rest where a part cannot be shown', async () => {
    const { page } = await openDashboard(browser, feed);
    const { cache: _, ...rest } = snapshotOf('slow', 0);
    feed.sendRaw(JSON.stringify(rest));
    await page.getByRole('heading', { name: /1 detector firing: latency/ }).waitFor();
    await page.locator('#cache-now', { hasText: 'Cannot be shown' }).waitFor();
    expect(await textOf(page.locator('.objectives'))).toContain('41.5 % left');
    feed.send(1);
    await page.locator('#cache-now', { hasText: 'Hits, last minute' }).waitFor();
  });

  it('counts the seconds it missed, but not those before a restart', async () => {
    const { page } = await openDashboard(browser, feed);
    const at = (step: number, from: number): string => JSON.stringify({ ...snapshotOf('calm', step), step: from });
    feed.sendRaw(at(4, 4));
    await page.locator('#lost-now', { hasText: '3 times' }).waitFor();
    feed.sendRaw(at(5, 0));
    await shows(page, 5);
    expect(await textOf(page.locator('#lost-now'))).toContain('3 times');
  });

  it('says when the server has become another than the page is for', async () => {
    const { page } = await openDashboard(browser, feed);
    expect(await page.locator('#renewed').isVisible()).toBe(false);
    const { process, ...rest } = snapshotOf('calm', 3);
    feed.sendRaw(JSON.stringify({ ...rest, process: { ...process, version: '0.2.0' } }));
    await page.getByRole('link', { name: 'Reload' }).click();
    await shows(page, 0);
  });

  it('tells of a server that is shutting down', async () => {
    const { page } = await openDashboard(browser, feed);
    const { process, ...rest } = snapshotOf('calm', 3);
    feed.sendRaw(JSON.stringify({ ...rest, process: { ...process, draining: true } }));
    await page.getByRole('heading', { name: /^Shutting down/ }).waitFor();
  });

  it('shows markup as the text it is, wherever it comes from, and nothing of it runs', async () => {
    feed.show('hostile');
    const { page, complaints } = await openDashboard(browser, feed);
    await expect.poll(() => feed.asked.length, PATIENTLY).toBe(1);
    for (const id of [
      'alarms',
      'objectives',
      'detectors',
      'incidents',
      'canary',
      'limits',
      'workers',
      'index',
      'models',
      'lost',
    ]) {
      expect(await textOf(page.locator(`#${id}-now`)), id).toContain(HOSTILE.slice(0, 20));
    }
    expect(await textOf(page.locator('h1'))).toContain(HOSTILE);
    expect(await page.locator('img, script:not([src]), [onerror]').count()).toBe(0);
    expect(await page.title()).toBe(`1 detector firing: ${HOSTILE} – wp-chat`);
    expect(complaints).toEqual([]);
  });

  it('is let in by its own security policy with nothing to report', async () => {
    const { page, complaints } = await openDashboard(browser, feed);
    for (const scenario of ['outage', 'slow', 'attack', 'empty', 'crowd'] as const) {
      feed.show(scenario);
      feed.send(1);
    }
    await shows(page, 5);
    await page.keyboard.press('?');
    await page.keyboard.press('Escape');
    await page.locator('.plot').first().hover();
    for (const summary of await page.locator('figure summary').all()) await summary.click();
    await page.keyboard.press('2');
    await expect.poll(() => feed.asked.at(-1), PATIENTLY).toBe('1h');
    expect(complaints).toEqual([]);
    expect(timeOf(5)).toBe('03:12:05');
  });
});
