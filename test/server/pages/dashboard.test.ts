import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';
import { hasBrowser, openBrowser, visit } from './browser.ts';

const verdict = /^(All objectives kept|No searches yet|\d+ detectors? firing)/;

describe.skipIf(!hasBrowser)('the dashboard of a real server', () => {
  let browser: Browser;
  let server: ServerProcess;
  beforeAll(async () => {
    [browser, server] = await Promise.all([
      openBrowser(),
      startSampleServer({ set: ['incidents.automatic.enabled=false'] }),
    ]);
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

  it('an incident is opened there, acknowledged, acted on, and resolved; its chapter of the runbook is one link away', async () => {
    const reported = await fetch(`${server.url}/admin/incidents/detect`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ incident_type: 'memory_exhaustion', description: 'It grows' }),
    });
    const { incident } = (await reported.json()) as { incident: { incident_id: string } };
    const { page, complaints } = await visit(browser, `${server.url}/dashboard?incident=${incident.incident_id}`);
    await page.locator('.timeline li', { hasText: 'It grows' }).waitFor();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.locator('.timeline li', { hasText: 'Acknowledged' }).waitFor();
    await page.getByRole('button', { name: 'Show memory', exact: true }).click();
    const memory = page.locator('[data-action="show_memory"]');
    await memory.locator('.outcome .marked.good').waitFor();
    await memory.locator('summary').click();
    expect(await memory.locator('pre').textContent()).toMatch(/bytes/i);
    const clear = page.locator('[data-action="clear_cache"]');
    await clear.getByRole('button', { name: 'Clear the cache…' }).click();
    await clear.getByRole('button', { name: 'Do it' }).click();
    await clear.locator('.outcome').waitFor();
    await page.getByLabel('What ended it').fill('The cache was full');
    await page.getByRole('button', { name: 'Resolve' }).click();
    await page.locator('.timeline li', { hasText: 'Resolved: The cache was full' }).waitFor();
    expect(complaints).toEqual([]);
    const runbook = await visit(browser, `${server.url}/runbook#memory_exhaustion`);
    await runbook.page.getByRole('heading', { name: /^5\. Memory exhaustion/ }).waitFor();
    expect(runbook.complaints).toEqual([]);
    expect(await runbook.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
  });

  it('says when the server is gone', async () => {
    const { page } = await visit(browser, `${server.url}/dashboard`);
    await page.getByRole('heading', { level: 1, name: verdict }).waitFor();
    await server.stop();
    await page.getByRole('heading', { level: 1, name: /^Connection lost/ }).waitFor();
  });
});
