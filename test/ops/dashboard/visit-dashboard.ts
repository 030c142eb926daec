/** A visitor of the dashboard, and what they read there. */
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { type Visit, visit } from '../../server/pages/browser.ts';
import type { FeedServer } from './feed-server.ts';
import { START_MS } from './scenarios.ts';

/** Machines that run tests have more to do. */
export const PATIENTLY = { timeout: 20_000 };

/** Time of a step, as the page writes it. */
export const timeOf = (step: number): string => new Date(START_MS + step * 1000).toISOString().slice(11, 19);

/** Waits until the page shows this step. */
export const shows = (page: Page, step: number): Promise<void> =>
  page.locator('#connection', { hasText: `Live ${timeOf(step)} UTC` }).waitFor();

/** Opens the page, and waits for its first snapshot, which is that of the step the feed stands at. */
export async function openDashboard(
  browser: Browser,
  feed: FeedServer,
  { query = '', step = 0, ...options }: BrowserContextOptions & { query?: string; step?: number } = {},
): Promise<Visit> {
  const visited = await visit(browser, `${feed.url}/dashboard${query}`, options);
  await shows(visited.page, step);
  return visited;
}

/** What is to be read there, with plain spaces. */
export const textOf = async (place: Locator): Promise<string> =>
  (await place.allInnerTexts()).join(' ').replaceAll(/\s+/g, ' ').trim();

/** Hides the tab from its visitor, or brings it back. */
export const hideTab = (page: Page, isHidden: boolean): Promise<void> =>
  page.evaluate(
    `Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
     document.dispatchEvent(new Event('visibilitychange'));`,
  );
