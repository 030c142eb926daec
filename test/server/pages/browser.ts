/** A real Chromium on real pages: whatever a page complains about is kept, so that a test can say there was nothing. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** The shell draws the same pages without a window's worth of everything else: it starts in a third of the time. */
const KNOWN = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'] as const;
const executablePath = process.env['CHROMIUM_PATH'] ?? KNOWN.find(existsSync) ?? KNOWN[1];

/** For the server behind pages that are looked at and not judged by what comes first: most of the time of a search goes into reranking. */
export const FEW_RERANKED = 'retrieval.rerank.depth=3';

/** Tests of pages are skipped where this is false. */
export const hasBrowser = existsSync(executablePath);
if (!hasBrowser) process.stdout.write(`Skipped, no Chromium: ${executablePath}; set CHROMIUM_PATH\n`);

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });

export interface Visit {
  readonly page: Page;
  /** Errors, warnings and refusals by the content security policy, in the words of the browser. */
  readonly complaints: readonly string[];
}

export const PHONE = { viewport: { width: 360, height: 780 }, isMobile: true, hasTouch: true } as const;

/** A new visitor, with a history and settings of their own, at this address; gone when the test is, as pages that are left open go on drawing. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB', ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints };
}

/** Waits until the results are those of the address. */
export const settled = (page: Page): Promise<void> =>
  page.locator('#answer:not([aria-busy])').waitFor({ state: 'attached' });

/** The number before "results". */
export async function totalOf(page: Page): Promise<number> {
  const words = await page.locator('#count').textContent();
  return Number(/([\d,]+) results?$/.exec(words ?? '')?.[1]?.replaceAll(',', ''));
}

export const titlesOf = (page: Page): Promise<string[]> => page.locator('.hit h2').allInnerTexts();
