import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';
import { hasBrowser, openBrowser, visit } from './browser.ts';

const verdict = /^(All objectives kept|No searches yet|\d+ detectors? firing)/;

describe.skipIf(!hasBrowser)('the dashboard of a real server', () => {
  let browser: Browser;
  let server: ServerProcess;
  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), startSampleServer()]);
  });
  afterAll(() => Promise.all([browser?.close(), server?.stop()]));

  it('shows searches within seconds, and the second visitor what was before', async () => {
    const { page, complaints } = await visit(browser, `${server.url}/dashboard`);
    await page.getByRole('heading', { level: 1, name: verdict }).waitFor();
    for (let asked = 0; asked < 20; asked++) await fetch(`${server.url}/search?q=backup+${asked}&rerank=false`);
    const availability = page.locator('.objectives tbody tr').first();
    await availability.getByText(/\d+ bad of (?!0$)[\d,]+/).waitFor();
    await page.locator('#limits-now').getByText('127.0.0.1').waitFor();
    const other = await visit(browser, `${server.url}/dashboard?range=5m`);
    await other.page.locator('figure summary').first().click();
    await other.page
      .locator('figure td', { hasText: /^[1-9]/ })
      .first()
      .waitFor();
    for (const range of ['1h', '24h', '28d']) {
      await other.page.locator(`#range-${range}`).check();
      await other.page.getByText('Times are UTC', { exact: true }).waitFor();
    }
    expect(await other.page.getByText('Cannot be shown').count()).toBe(0);
    expect([...complaints, ...other.complaints]).toEqual([]);
  });

  it('says when the server is gone', async () => {
    const { page } = await visit(browser, `${server.url}/dashboard`);
    await page.getByRole('heading', { level: 1, name: verdict }).waitFor();
    await server.stop();
    await page.getByRole('heading', { level: 1, name: /^Connection lost/ }).waitFor();
  });
});
