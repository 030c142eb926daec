import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser, PHONE } from '../../server/pages/browser.ts';
import { faultsOf, weakTextsOf } from '../../server/pages/page-audit.ts';
import { type FeedServer, startFeed } from './feed-server.ts';
import type { Scenario } from './scenarios.ts';
import { openDashboard, PATIENTLY, shows } from './visit-dashboard.ts';

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Every state in which something else is to be seen. */
const STATES: readonly (readonly [Scenario, string, BrowserContextOptions])[] = [
  ['calm', 'light', { colorScheme: 'light' }],
  ['calm', 'dark', { colorScheme: 'dark' }],
  ['calm', 'on a phone', PHONE],
  ['outage', 'light', { colorScheme: 'light' }],
  ['outage', 'dark', { colorScheme: 'dark' }],
  ['outage', 'on a phone', PHONE],
  ['hostile', 'on a phone', PHONE],
  ['empty', 'on a phone', PHONE],
];

/** Serious and critical findings, with where they are. */
async function findingsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 160))))`);
}

/** All but what the chart library sets on its own elements by script, which the policy allows. */
const ownFaultsOf = async (page: Page): Promise<string[]> =>
  (await faultsOf(page)).filter((fault) => !/^inline style: <(div class="u|canvas )/.test(fault));

describe.skipIf(!hasBrowser)('the dashboard for everyone', () => {
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

  /** With everything unfolded. */
  async function unfolded(scenario: Scenario, options: BrowserContextOptions): Promise<Page> {
    feed.show(scenario);
    const { page } = await openDashboard(browser, feed, options);
    await expect.poll(() => feed.asked.length, PATIENTLY).toBe(1);
    await page.evaluate(`for (const one of document.querySelectorAll('figure details')) one.open = true`);
    feed.send(1);
    await shows(page, 1);
    return page;
  }

  for (const [scenario, look, options] of STATES) {
    it(`${scenario}, ${look}: axe finds nothing serious, texts stand out, names and headings are in order`, async () => {
      const page = await unfolded(scenario, options);
      expect(await findingsOf(page)).toEqual([]);
      const { measured, weak } = await weakTextsOf(page);
      expect(measured).toBeGreaterThan(100);
      expect(weak).toEqual([]);
      expect(await ownFaultsOf(page)).toEqual([]);
      // Nothing to scroll sideways, down to 360 pixels.
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
      expect(await page.evaluate('visualViewport.scale')).toBe(1);
      if (options === PHONE) expect(await page.evaluate('innerWidth')).toBe(360);
    });
  }

  it('audits can fail: axe and the audit of ours see a fault that is put there', async () => {
    const page = await unfolded('calm', {});
    await page.evaluate(
      `document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button><p id="top">x</p>')`,
    );
    expect((await findingsOf(page)).some((finding) => finding.startsWith('button-name'))).toBe(true);
    expect(await ownFaultsOf(page)).toEqual(expect.arrayContaining(['id twice: top']));
  });

  it('stands without a connection, and with its keys open', async () => {
    const { page } = await openDashboard(browser, feed);
    feed.fail(503);
    await page.getByRole('heading', { name: /^Connection lost/ }).waitFor();
    await page.keyboard.press('?');
    expect(await findingsOf(page)).toEqual([]);
    expect((await weakTextsOf(page)).weak).toEqual([]);
  });
});
