import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';
import { FEW_RERANKED, hasBrowser, openBrowser, visit } from './browser.ts';

interface Operation {
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
}

describe.skipIf(!hasBrowser)('the reference page', () => {
  let browser: Browser;
  let server: ServerProcess;
  let operations: [string, Operation][];
  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), startSampleServer({ set: [FEW_RERANKED] })]);
    const response = await fetch(`${server.url}/openapi.json`);
    const { paths } = (await response.json()) as { paths: Record<string, Record<string, Operation>> };
    operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
    );
  });
  afterAll(() => Promise.all([browser?.close(), server?.stop()]));

  it('tells every operation of the description with its parameters, body and answers, and complains of nothing', async () => {
    const { page, complaints } = await visit(browser, `${server.url}/docs`);
    await page.locator('main > section').first().waitFor();
    expect(await page.locator('section > h2').allTextContents()).toEqual(operations.map(([name]) => name));
    expect(await page.locator('nav a').allTextContents()).toEqual(operations.map(([name]) => name));
    for (const [at, [name, operation]] of operations.entries()) {
      const section = page.locator('main > section').nth(at);
      const words = (await section.textContent())!;
      expect(words, name).toContain(operation.summary);
      for (const status of Object.keys(operation.responses)) expect(words, name).toContain(status);
      expect(await section.locator('tbody th code').allTextContents(), name).toEqual(
        (operation.parameters ?? []).map((parameter) => parameter.name),
      );
      expect(await section.getByRole('heading', { name: 'Body' }).count(), name).toBe(operation.requestBody ? 1 : 0);
    }
    expect(complaints).toEqual([]);
  });

  it('tells the members of bodies and answers, nested ones too', async () => {
    const { page } = await visit(browser, `${server.url}/docs`);
    const answers = page.locator('main > section').first().locator('> details').first();
    await answers.locator('summary').first().click();
    const members = await answers.locator('.members code').allTextContents();
    expect(members).toEqual(expect.arrayContaining(['hits', 'total', 'snippet', 'timings', 'rerankMs', 'idf']));
  });

  it('tries a search out by keyboard and shows the request and the answer, or the refusal', async () => {
    const { page, complaints } = await visit(browser, `${server.url}/docs`);
    const query = page.getByLabel('q', { exact: true });
    await query.focus();
    await query.fill("visitors' carts");
    await page.keyboard.press('Tab');
    await page.keyboard.press('b');
    await page.getByLabel('rerank').selectOption('false');
    expect(await page.getByLabel('Request').textContent()).toBe(
      `curl '${server.url}/search?q=visitors%27+carts&mode=bm25&rerank=false&topk=3'`,
    );
    await query.press('Enter');
    await page.getByText('200 OK').waitFor();
    const answer = JSON.parse((await page.getByLabel('Answer').textContent())!) as { mode: string; hits: unknown[] };
    expect(answer).toMatchObject({ mode: 'bm25', reranked: false });
    expect(answer.hits.length).toBe(3);
    expect(complaints).toEqual([]);
    await page.getByLabel('topk').fill('none');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('status').getByText('400').waitFor();
    expect(await page.getByLabel('Answer').textContent()).toContain('"field": "topk"');
  });

  it('opens at the operation that its address names', async () => {
    const { page } = await visit(browser, `${server.url}/docs#post-search-batch`);
    const heading = page.getByRole('heading', { name: 'post /search/batch' });
    await heading.waitFor();
    await page.waitForFunction('scrollY > 100');
    expect((await heading.boundingBox())!.y).toBeLessThan(200);
  });
});
