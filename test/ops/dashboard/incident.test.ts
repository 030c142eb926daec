/** An incident that is opened on the dashboard: read, acted on, and never by mistake. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser, PHONE } from '../../server/pages/browser.ts';
import { faultsOf, weakTextsOf } from '../../server/pages/page-audit.ts';
import { type DeskState, hostileDesk, ID, startDesk } from './desk.ts';
import { type FeedServer, startFeed } from './feed-server.ts';
import { HOSTILE } from './scenarios.ts';
import { hideTab, openDashboard, PATIENTLY, textOf } from './visit-dashboard.ts';

describe.skipIf(!hasBrowser)('an incident on the dashboard', () => {
  let browser: Browser;
  let feed: FeedServer;
  let state: DeskState;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    feed = await startFeed('outage');
    state = startDesk();
    feed.operate(state.desk);
  });
  afterEach(() => feed.stop());

  const opened = async (options: Parameters<typeof openDashboard>[2] = {}) => {
    const visited = await openDashboard(browser, feed, { query: `?incident=${ID}`, ...options });
    await visited.page.locator('.timeline li').first().waitFor();
    return visited;
  };
  const action = (page: Page, id: string) => page.locator(`[data-action="${id}"]`);
  const said = (page: Page) => textOf(page.locator('#incident-said'));
  /** Who looks at it again sees how it is now, and need not wait for the next look. */
  const renewed = (page: Page) => hideTab(page, false);

  it('is opened from the list, by a key and by the link of a notice; and closing it gives the focus back', async () => {
    const { page, complaints } = await openDashboard(browser, feed);
    const opener = page.getByRole('button', { name: /^Timeline and actions of high error rate/ });
    await opener.press('Enter');
    await page.getByRole('heading', { level: 2, name: `high error rate ${ID}` }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('incident');
    expect(new URL(page.url()).searchParams.get('incident')).toBe(ID);
    const timeline = await page.locator('.timeline li').allInnerTexts();
    expect(timeline[0]).toContain('Looking at it');
    expect(timeline[2]).toContain('Detected: high error rate, critical');
    expect(await textOf(page.locator('#incident-facts'))).toMatch(
      /critical detected, for 4.min 20.s.*deadlineMs 10000 → 10/,
    );
    await page.locator('#incident').getByRole('button', { name: 'Close' }).press('Enter');
    expect(await opener.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    expect(new URL(page.url()).search).toBe('');
    await page.keyboard.press('i');
    await page.locator('#incident').waitFor();
    expect(complaints).toEqual([]);
    const linked = await opened();
    expect(await textOf(linked.page.locator('#incident-title'))).toContain(ID);
  });

  it('an action says first what it would do, is done when that is confirmed, and is taken back', async () => {
    const { page } = await opened();
    const rerank = action(page, 'disable_rerank');
    await rerank.getByRole('button', { name: 'Disable reranking…' }).press('Enter');
    await rerank.getByText('no longer reranked, for 15 minutes').waitFor();
    expect(state.posted).toEqual([
      { path: `admin/incidents/${ID}/execute`, body: { action_id: 'disable_rerank', dry_run: true } },
    ]);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Do it');
    await page.keyboard.press('Enter');
    await rerank.getByText('It helped: p95 is 310 ms').waitFor();
    expect(state.posted[1]!.body).toEqual({ action_id: 'disable_rerank', confirm: true });
    expect(await said(page)).toBe('disable rerank: done. Nobody is reranked');
    await rerank.getByRole('button', { name: 'Take it back' }).click();
    await rerank.getByText('Reranked again').waitFor();
    expect(state.posted[2]).toEqual({ path: `admin/incidents/${ID}/undo`, body: { run: 'run-1' } });
  });

  it('one that is left does nothing; one that only looks is done at once, and shows what it found', async () => {
    const { page } = await opened();
    const rerank = action(page, 'disable_rerank');
    await rerank.getByRole('button').click();
    await rerank.getByRole('button', { name: 'Leave it' }).click();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Disable reranking…');
    expect(await said(page)).toBe('disable rerank: nothing was done');
    const errors = action(page, 'show_errors');
    await errors.getByRole('button', { name: 'Show errors' }).click();
    await errors.getByText('What show errors found').click();
    expect(await errors.locator('pre').textContent()).toContain('worker lost');
    expect(state.posted.map(({ body }) => body)).toEqual([
      { action_id: 'disable_rerank', dry_run: true },
      { action_id: 'show_errors', confirm: true },
    ]);
  });

  it('takes what an action must be told, by its kinds; keys do nothing while it is written', async () => {
    const { page } = await opened();
    const limits = action(page, 'adjust_rate_limits');
    await limits.getByLabel('max requests').fill('10');
    // Not even where what may be done changes meanwhile.
    state.objection = 'Another one is under way';
    await renewed(page);
    await limits.getByText('Not now: Another one is under way').waitFor();
    state.objection = null;
    await renewed(page);
    await limits.getByText('Not now').waitFor({ state: 'hidden' });
    expect(await limits.getByLabel('max requests').inputValue()).toBe('10');
    await limits.getByLabel('max requests').press('p');
    expect(await page.locator('#pause').getAttribute('aria-pressed')).toBe('false');
    await limits.getByRole('button').click();
    await limits.getByRole('button', { name: 'Do it' }).waitFor();
    // What is changed after that has to be looked at anew.
    await limits.getByLabel('window seconds').fill('60');
    expect(await limits.getByRole('button', { name: 'Do it' }).count()).toBe(0);
    await limits.getByLabel('window seconds').fill('');
    await limits.getByRole('button').click();
    await limits.getByRole('button', { name: 'Do it' }).click();
    await limits.locator('.outcome').waitFor();
    expect(state.posted[2]!.body).toEqual({
      action_id: 'adjust_rate_limits',
      parameters: { max_requests: 10 },
      confirm: true,
    });
  });

  it('is acknowledged and resolved on the version that is shown; who is late is told', async () => {
    const { page } = await opened();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await expect.poll(() => said(page), PATIENTLY).toBe('Acknowledged');
    state.refusal = { status: 409, body: { code: 'incident_changed', detail: 'It has changed since version 3' } };
    await page.getByLabel('What ended it').fill('restarted');
    await page.getByRole('button', { name: 'Resolve' }).click();
    await expect.poll(() => said(page), PATIENTLY).toBe('It has changed since version 3');
    expect(await page.getByLabel('What ended it').inputValue()).toBe('restarted');
    expect(state.posted).toEqual([
      { path: `admin/incidents/${ID}/acknowledge`, body: {} },
      { path: `admin/incidents/${ID}/resolve`, body: { notes: 'restarted', expected_version: 3 } },
    ]);
  });

  it('an action under way cannot be begun twice, and the page goes on meanwhile', async () => {
    const { page } = await opened();
    let answer = (): void => {};
    state.hold = new Promise((resolve) => {
      answer = resolve;
    });
    const errors = action(page, 'show_errors');
    await errors.getByRole('button').click();
    await errors.getByRole('button', { name: 'Looking…' }).waitFor();
    expect(await errors.getByRole('button').isDisabled()).toBe(true);
    expect(await action(page, 'disable_rerank').getByRole('button').isDisabled()).toBe(true);
    feed.send(1);
    await renewed(page);
    await expect.poll(() => state.looked, PATIENTLY).toBeGreaterThan(1);
    answer();
    await errors.locator('.outcome').waitFor();
    expect(state.posted.length).toBe(1);
  });

  it('asks for a key where one is needed, uses it, keeps it nowhere, and forgets it', async () => {
    state.key = 'wpc_k1.secret';
    const { page } = await openDashboard(browser, feed, { query: `?incident=${ID}` });
    const field = page.getByLabel('Key with ops:read and ops:act');
    await field.fill(state.key);
    await field.press('Enter');
    await page.locator('.timeline li').first().waitFor();
    expect(await field.inputValue()).toBe('');
    const kept = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])',
    );
    expect(kept).not.toContain('secret');
    expect(await page.content()).not.toContain('secret');
    await page.getByRole('button', { name: 'Forget it' }).click();
    await page.locator('#incident-trouble', { hasText: 'A key is needed' }).waitFor();
  });

  it('an unknown incident, and a server that is gone, are said, and what was known stays', async () => {
    const { page } = await opened();
    feed.operate(() => ({ status: 503, body: { code: 'overloaded', detail: 'The server is at its limit' } }));
    await renewed(page);
    await page.locator('#incident-trouble', { hasText: 'Cannot be renewed: The server is at its limit' }).waitFor();
    expect(await page.locator('.timeline li').count()).toBe(3);
    feed.operate(state.desk);
    await renewed(page);
    await page.locator('#incident-trouble').waitFor({ state: 'hidden' });
  });

  it('texts of attackers are texts everywhere', async () => {
    state = hostileDesk();
    feed.operate(state.desk);
    const { page, complaints } = await opened();
    await action(page, 'show_errors').getByRole('button').click();
    await action(page, 'show_errors').locator('.outcome').waitFor();
    await action(page, 'disable_rerank').getByRole('button').click();
    await action(page, 'disable_rerank').locator('.preview').waitFor();
    await action(page, 'disable_rerank').getByRole('button', { name: 'Do it' }).click();
    await action(page, 'disable_rerank').locator('.outcome').waitFor();
    expect(await page.locator('#incident img').count()).toBe(0);
    expect(await page.title()).not.toBe('taken');
    expect(await textOf(page.locator('#incident-facts'))).toContain(HOSTILE);
    expect(complaints).toEqual([]);
  });

  for (const [look, options] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', PHONE],
  ] as const)
    it(`${look}: texts stand out, names and headings are in order, nothing scrolls sideways`, async () => {
      const { page } = await opened(options);
      await action(page, 'disable_rerank').getByRole('button').click();
      await action(page, 'disable_rerank').locator('.preview').waitFor();
      await action(page, 'show_errors').getByRole('button').click();
      await action(page, 'show_errors').locator('.outcome').waitFor();
      expect((await weakTextsOf(page)).weak).toEqual([]);
      const faults = await faultsOf(page);
      expect(faults.filter((fault) => !/^inline style: <(div class="u|canvas )/.test(fault))).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    });
});
