import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askCli, type CliRun, runCli } from '../../support/cli.ts';
import { type Answer, lasting, search } from '../../support/client.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type ServerProcess, sampleIndex, startSampleServer } from '../../support/server.ts';

const json = <Value>({ code, out, err }: CliRun, expected = 0): Value => {
  expect([code, err]).toEqual([expected, '']);
  return JSON.parse(out) as Value;
};
const onSample = (...words: string[]) => runCli([...words, '--set', `index.directory=${sampleIndex()}`]);

describe('search', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startSampleServer();
  });
  afterAll(() => server.stop());
  const WORDS = [
    'search',
    'restore a backup',
    '--mode',
    'bm25',
    '--no-rerank',
    '--topk',
    '3',
    '--category',
    'Maintenance',
  ];

  it('gives the same of the files themselves, of a server, and over HTTP', async () => {
    const [local, served] = await Promise.all([
      onSample(...WORDS, '--local', '--json'),
      runCli([...WORDS, '--url', server.url, '--json']),
    ]);
    const expected = await search(server.url, {
      q: 'restore a backup',
      mode: 'bm25',
      rerank: false,
      topk: 3,
      filters: { category: 'Maintenance' },
    });
    const { requestId: _, ...fromFiles } = json<Answer>(local);
    expect({ ...fromFiles, timings: null }).toEqual({ ...lasting(expected), timings: null });
    expect(lasting(json<Answer>(served))).toEqual(lasting(expected));
  });

  it('takes options of several values before the query, and every field of a request', async () => {
    const filters = {
      category: ['Maintenance', 'Hosting'],
      date_from: '2020-01-01',
      date_to: '2026-12-31',
    };
    const body = { topk: 5, facets: ['date', 'author'], collapse: 'passage', fusion: 'rrf', mmr: true, min_score: -9 };
    const expected = await search(server.url, {
      q: 'restore a backup',
      mode: 'hybrid',
      rerank: false,
      filters,
      ...body,
    });
    const words = ['--category', 'Maintenance', '--category', 'Hosting', '--facets', 'date', '--facets', 'author'];
    const dates = ['--from-date', '2020-01-01', '--to-date', '2026-12-31', '--topk', '5', '--mode', 'hybrid'];
    const rest = ['--collapse', 'passage', '--fusion', 'rrf', '--mmr', '--min-score', '-9', '--no-rerank'];
    const asked = ['search', '--url', server.url, '--json', ...dates, ...rest, ...words, 'restore a backup'];
    expect(lasting(json<Answer>(await askCli(asked)))).toEqual(lasting(expected));
    const { author } = expected.hits[0]!;
    const byAuthor = json<Answer>(
      await askCli(['search', '--url', server.url, '--json', '--author', author!, 'restore a backup']),
    );
    expect(new Set(byAuthor.hits.map((hit) => hit.author))).toEqual(new Set([author]));
  });

  it('as text shows the facets that were asked for', async () => {
    const { out } = await askCli([...WORDS, '--facets', 'date,type', '--url', server.url]);
    expect(out).toMatch(/^date {2}20\d\d \d+( · 20\d\d \d+)*$/m);
    expect(out).toMatch(/^type {2}post \d+/m);
  });

  it('refuses a minimum that is no number, and shows it', async () => {
    const { code, err } = await askCli(['search', 'a', '--min-score', 'high', '--url', server.url]);
    expect([code, err]).toEqual([2, expect.stringContaining('min_score')]);
  });

  it('as text shows titles, and without marks', async () => {
    const { code, out } = await runCli([...WORDS, '--url', server.url]);
    expect(code).toBe(0);
    expect(out).toMatch(/results, bm25/);
    expect(out).toMatch(/^ 1\. /m);
    expect(out).not.toContain('<mark>');
  });

  it.each([
    ['--topk', '0'],
    ['--topk', 'many'],
    ['--mode', 'best'],
  ])('refuses %s %s with exit 2, with a server and without', async (option, value) => {
    for (const where of [
      ['--local', '--set', `index.directory=${sampleIndex()}`],
      ['--url', server.url],
    ]) {
      const { code, err, out } = await askCli(['search', 'a', option, value, ...where]);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(option.slice(2));
    }
  });

  it('without an index: exit 3; with a named server that is away: exit 5', async () => {
    const none = await runCli(['search', 'a', '--local', '--json', '--set', `index.directory=${scratchFolder()}`]);
    expect([none.code, (JSON.parse(none.err) as { code: string }).code]).toEqual([3, 'index_missing']);
    const away = await askCli(['search', 'a', '--url', 'http://127.0.0.1:1']);
    expect([away.code, away.err]).toEqual([5, expect.stringContaining('http://127.0.0.1:1')]);
  });
});
