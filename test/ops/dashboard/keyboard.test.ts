import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser } from '../../server/pages/browser.ts';
import { type FeedServer, startFeed } from './feed-server.ts';
import { openDashboard, PATIENTLY, shows, textOf } from './visit-dashboard.ts';

describe.skipIf(!hasBrowser)('the dashboard by key, by ear and in stillness', () => {
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

  it('goes by keyboard from the top to everything that can be done', async () => {
    const { page } = await openDashboard(browser, feed);
    const seen: string[] = [];
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab');
      const [name, ring] = await page.evaluate<[string, boolean]>(
        `(() => { const own = document.activeElement; const box = own.closest('label') ?? own;
          return [own.id || own.textContent.trim(), own === document.body || getComputedStyle(box).outlineStyle !== 'none']; })()`,
      );
      expect(ring, name).toBe(true);
      seen.push(name);
    }
    expect(seen.slice(0, 4)).toEqual(['Skip to the verdict', 'wp·chat', 'pause', 'help-open']);
    for (const expected of [
      'Objectives',
      'Index and models',
      'range-5m',
      'Table of Answered',
      'Table of Waits',
      'Search',
    ])
      expect(seen).toContain(expected);
    await page.locator('#range-5m').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => feed.asked.at(-1), PATIENTLY).toBe('1h');
    await page.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('figure table').first().waitFor();
  });

  it('tells its keys, and lets them be switched off for good', async () => {
    const { page } = await openDashboard(browser, feed);
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keys' });
    await dialog.waitFor();
    expect(await dialog.locator('dt').allInnerTexts()).toEqual(['p', 'i', '1', '2', '3', '4', '?']);
    await dialog.getByLabel('Keys are on').uncheck();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await page.reload();
    await shows(page, 0);
    await page.keyboard.press('p');
    expect(await page.locator('#pause').getAttribute('aria-pressed')).toBe('false');
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(await page.locator('#pause').getAttribute('aria-pressed')).toBe('true');
    expect(await textOf(page.getByRole('status'))).toBe('Paused');
  });

  it('leaves a key to who presses it with another', async () => {
    const { page } = await openDashboard(browser, feed);
    await page.keyboard.press('Control+2');
    await page.keyboard.press('Alt+p');
    expect(await page.locator('#range-5m').isChecked()).toBe(true);
    expect(await page.locator('#pause').getAttribute('aria-pressed')).toBe('false');
  });

  it('speaks when the state changes, and not every second', async () => {
    const { page } = await openDashboard(browser, feed);
    await page.evaluate(
      `window.spoken = []; new MutationObserver(() => spoken.push(document.getElementById('news').textContent))
        .observe(document.getElementById('news'), { childList: true, characterData: true, subtree: true });`,
    );
    for (let step = 1; step <= 5; step++) {
      feed.send(1);
      await shows(page, step);
    }
    feed.show('outage');
    for (let step = 6; step <= 9; step++) {
      feed.send(1);
      await shows(page, step);
    }
    expect(await page.evaluate('spoken')).toEqual(['2 detectors firing: errors, latency']);
  });

  it('puts each chart into words, which change no more than every ten seconds', async () => {
    const { page } = await openDashboard(browser, feed);
    const summary = page.locator('#latency-summary');
    await expect
      .poll(() => summary.textContent(), PATIENTLY)
      .toMatch(/^Time, UTC 03:0.*p95: from [\d.]+.ms to [\d.]+.ms, last [\d.]+.ms\./);
    expect(await page.getByRole('img', { name: /^Latency/ }).getAttribute('aria-describedby')).toBe('latency-summary');
    await page.clock.install();
    const first = await summary.textContent();
    feed.send(1);
    await shows(page, 1);
    expect(await summary.textContent()).toBe(first);
    await page.clock.fastForward(11_000);
    feed.send(1);
    await shows(page, 2);
    await expect.poll(() => summary.textContent(), PATIENTLY).not.toBe(first);
  });

  it('moves nothing when only numbers change, and keeps what the reader holds', async () => {
    const { page } = await openDashboard(browser, feed);
    await expect.poll(() => page.locator('.nothing:not([hidden])').count(), PATIENTLY).toBe(0);
    await page.locator('figure summary').first().click();
    await page.locator('figure .wide').first().focus();
    const places = (): Promise<number[]> =>
      page.locator('h1, h2, h3, dt').evaluateAll((all) =>
        (all as never as { getBoundingClientRect(): { x: number; y: number } }[]).flatMap((one) => {
          const { x, y } = one.getBoundingClientRect();
          return [x, y];
        }),
      );
    const before = await places();
    for (let step = 1; step <= 6; step++) {
      feed.send(1);
      await shows(page, step);
      expect(await places()).toEqual(before);
    }
    expect(await page.evaluate(`document.activeElement.closest('figure') !== null`)).toBe(true);
  });

  it('moves smoothly only for who has not asked for stillness', async () => {
    const moving = `[document.documentElement, ...document.querySelectorAll('body *')].filter((one) => {
      const style = getComputedStyle(one);
      return style.scrollBehavior === 'smooth' || style.transitionDuration !== '0s' || style.animationName !== 'none'; }).length`;
    const still = await openDashboard(browser, feed, { reducedMotion: 'reduce' });
    expect(await still.page.evaluate(moving)).toBe(0);
    const lively = await openDashboard(browser, feed, { reducedMotion: 'no-preference' });
    expect(await lively.page.evaluate(moving)).toBe(1);
  });
});
