import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { settings } from '../../../server/config/index.ts';
import { askCli, type CliRun, runCli } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';

const json = <Value>({ code, out, err }: CliRun, expected = 0): Value => {
  expect([code, err]).toEqual([expected, '']);
  return JSON.parse(out) as Value;
};

describe('help', () => {
  it.each([
    ['serve'],
    ['index'],
    ['index', 'status'],
    ['index', 'verify'],
    ['index', 'swap'],
    ['search'],
    ['quality'],
    ['doctor'],
    ['completion'],
    ['models', 'list'],
    ['models', 'pull'],
    ['models', 'add'],
    ['models', 'verify'],
    ['config', 'show'],
    ['bench', 'lexical'],
    ['capacity'],
    ['slo', 'status'],
    ['slo', 'export'],
    ['slo', 'check'],
    ['cache', 'status'],
    ['cache', 'clear'],
    ['cache', 'enable'],
    ['cache', 'disable'],
    ['ratelimit', 'status'],
    ['ratelimit', 'adjust'],
    ['ratelimit', 'reset'],
    ['ratelimit', 'block'],
    ['ratelimit', 'unblock'],
    ['keys', 'create'],
    ['keys', 'list'],
    ['keys', 'revoke'],
    ['keys', 'rotate'],
    [],
    ['models'],
    ['config'],
    ['bench'],
  ])('of wp-chat %s %s has an example that begins with the program', async (...words) => {
    const { code, out } = await askCli([...words, '--help']);
    expect(code).toBe(0);
    expect(out).toContain('Example');
    expect(out).toMatch(new RegExp(`\\$ .*wp-chat ${words.join(' ')}`));
  });

  it('of the program lists every command and the exit codes', async () => {
    const { code, out } = await runCli(['--help']);
    expect(code).toBe(0);
    for (const name of [
      'serve',
      'index',
      'search',
      'models',
      'quality',
      'config',
      'doctor',
      'completion',
      'slo',
      'capacity',
      'gameday',
      'keys',
      'cache',
      'ratelimit',
    ])
      expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect(out).toContain('Exit codes: 0');
  });

  const WRONG = [['serv'], ['search'], ['models', 'none'], ['search', 'a', '--nonesuch'], ['models', 'pull']];
  it.each(WRONG.map((words) => [words]))('%j is wrong usage: exit 2, on standard error', async (words) => {
    const { code, out, err } = await runCli(words);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('--help');
  });

  it.each([...WRONG, ['models']].map((words) => [words]))(
    '%j with --json says so as one JSON object',
    async (words) => {
      const { code, out, err } = await askCli(['--json', ...words]);
      expect([code, out]).toEqual([2, '']);
      expect(JSON.parse(err)).toEqual({ code: 'usage', detail: expect.stringMatching(/^(?!error:)./) });
    },
  );
});

describe('config show', () => {
  it('lists every setting with value and origin, as JSON', async () => {
    const rows = json<{ key: string; value: unknown; origin: string }[]>(
      await runCli(['config', 'show', '--json', '--set', 'server.port=9'], {
        environment: { WP_CHAT_RETRIEVAL_TOPK: '7' },
        cwd: scratchFolder(),
      }),
    );
    expect(rows.map(({ key }) => key)).toEqual(settings.map(({ key }) => key));
    const row = (key: string) => rows.find((one) => one.key === key);
    expect(row('server.port')).toMatchObject({ value: 9, origin: '--set server.port' });
    expect(row('retrieval.topk')).toMatchObject({ value: 7, origin: 'WP_CHAT_RETRIEVAL_TOPK' });
    expect(row('server.host')).toMatchObject({ origin: 'default' });
  });
});

describe('completion', () => {
  it('for bash is a script that bash takes, and completes commands and options', async () => {
    const { code, out } = await runCli(['completion', 'bash']);
    expect(code).toBe(0);
    expect(spawnSync('bash', ['-n'], { input: out }).status).toBe(0);
    const completed = (words: readonly string[]): string =>
      spawnSync('bash', {
        input: `${out}\nCOMP_WORDS=(wp-chat ${words.join(' ')}); COMP_CWORD=${words.length}; _wp_chat; printf '%s\\n' "\${COMPREPLY[@]}"`,
        encoding: 'utf8',
      }).stdout;
    expect(completed(['ser'])).toBe('serve\n');
    expect(completed(['models', 'ver'])).toBe('verify\n');
    expect(completed(['index', 'sw'])).toBe('swap\n');
    expect(completed(['index', '--fr'])).toBe('--from\n');
    expect(completed(['search', '--top'])).toBe('--topk\n');
  });
});

describe('models', () => {
  const copied = (): string => {
    const models = scratchFolder();
    cpSync(join(packageRoot, 'data/models'), models, { recursive: true });
    return models;
  };
  const verify = (models: string) => askCli(['models', 'verify', '--json', '--set', `models.directory=${models}`]);
  interface Report {
    readonly name: string;
    readonly ok: boolean;
    readonly files: readonly { readonly file: string; readonly state: string }[];
  }

  it('list names what is installed and what can be had', async () => {
    const listings = json<{ name: string; state: string }[]>(await askCli(['models', 'list', '--json']));
    const states = new Map(listings.map(({ name, state }) => [name, state]));
    expect(states.get('all-minilm-l6-v2')).toBe('installed');
    expect(states.get('wp-chat-rerank-en')).toBe('installed');
    expect([...states.values()]).toContain('available');
  });

  it('verify finds a file that was cut short, and one that is missing: exit 1', async () => {
    const models = copied();
    expect(json<Report[]>(await verify(models)).every(({ ok }) => ok)).toBe(true);
    const cut = join(models, 'all-minilm-l6-v2/model_int8.onnx');
    truncateSync(cut, statSync(cut).size - 1);
    const reports = json<Report[]>(await verify(models), 1);
    expect(reports.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['all-minilm-l6-v2']);
    expect(
      reports
        .flatMap(({ files }) => files)
        .filter(({ state }) => state === 'changed')
        .map(({ file }) => file),
    ).toEqual(['model_int8.onnx']);
  });

  it('verify of a model that is not there: exit 4', async () => {
    const { code, err } = await askCli(['models', 'verify', 'none-such', '--json']);
    expect([code, (JSON.parse(err) as { code: string }).code]).toEqual([4, 'model_missing']);
  });
});

describe('bench lexical', () => {
  const lexical = (corpus: string, ...words: string[]) =>
    askCli(['bench', 'lexical', '--json', '--corpus', corpus, '--queries', corpus, ...words]);

  it.each([
    ['--k', '0', 'a whole number from 1 to 1000'],
    ['--k', '2.5', 'a whole number from 1 to 1000'],
    ['--k1', 'much', 'a number from 0 to 3'],
    ['--b', '1.1', 'a number from 0 to 1'],
    ['--rounds', '0', 'a whole number from 1 to 10000'],
    ['--warmup-s', '-1', 'a number from 0 to 600'],
  ])('refuses %s %s: exit 2, with what is allowed', async (option, value, expected) => {
    const { code, err, out } = await lexical(join(packageRoot, 'package.json'), option, value);
    expect([code, out]).toEqual([2, '']);
    expect(JSON.parse(err)).toMatchObject({ code: 'config_invalid', field: option.slice(2), value, expected });
  });

  it('names a file that is not there: exit 5', async () => {
    const { code, err } = await lexical('/nowhere/corpus.txt');
    expect(code).toBe(5);
    expect(JSON.parse(err)).toMatchObject({ code: 'source_unreadable', file: '/nowhere/corpus.txt' });
  });
});

describe('index', () => {
  const from = (source: string, ...words: string[]) =>
    askCli(['index', '--json', '--from', source, '--into', scratchFolder(), ...words]);
  const fault = ({ code, err }: CliRun) => ({
    exit: code,
    ...(JSON.parse(err.trimEnd().split('\n').at(-1)!) as object),
  });

  it.each([
    ['a file that is not there', '/nowhere/posts.jsonl', { exit: 5, code: 'source_unreadable' }],
    ['an ending that nothing reads', join(packageRoot, 'package.json'), { exit: 5 }],
    ['a site that nobody answers for', 'http://127.0.0.1:9/', { exit: 5, code: 'source_unreadable' }],
    ['a scheme that nothing speaks', 'ftp://example.com/', { exit: 5 }],
  ])('refuses %s, and names it', async (_, source, expected) => {
    const run = await from(source, '--set', 'source.retriesMax=0');
    expect(fault(run)).toMatchObject(expected);
    expect(run.err).toContain(new RegExp(/^\w+:/).test(source) ? source.split('//')[1]!.split(/[:/]/)[0] : source);
    expect(run.out).toBe('');
  });

  it('without its model says how to build without one: exit 4', async () => {
    const run = await from(
      join(packageRoot, 'data/sample/posts.jsonl'),
      '--set',
      `models.directory=${scratchFolder()}`,
    );
    expect(fault(run)).toMatchObject({
      exit: 4,
      code: 'model_missing',
      remedy: expect.stringContaining('--set models.embedder=none --set models.reranker=none'),
    });
  });

  it('names the line of a post that is malformed, leaves it out, and counts it', async () => {
    const posts = join(scratchFolder(), 'posts.jsonl');
    writeFileSync(posts, '{"id":"1","title":"One","html":"<p>One</p>","url":"https://a.example/1"}\n{"id":\n');
    const words = ['--from', posts, '--set', 'models.embedder=none', '--set', 'models.reranker=none'];
    const text = await runCli(['index', ...words, '--into', scratchFolder()]);
    expect([text.code, text.err]).toEqual([0, expect.stringContaining(`${posts}:2: Line is not JSON`)]);
    const run = await askCli(['index', '--json', ...words, '--into', scratchFolder()]);
    expect(JSON.parse(run.err)).toMatchObject({ kind: 'rejected', place: { file: posts, line: 2 }, action: 'skipped' });
    const summary = json({ ...run, err: '' });
    expect(summary).toMatchObject({ sync: { added: 1, rejected: 1 }, counts: { posts: 1 } });
  });
});

describe('quality', () => {
  const POSTS = 6;
  it('reports every mode with its measures and their intervals', async () => {
    const sample = join(packageRoot, 'data/sample');
    // Two queries over a few posts: the shape is looked at here, not the figures.
    const corpus = join(scratchFolder(), 'posts.jsonl');
    const posts = readFileSync(`${sample}/posts.jsonl`, 'utf8').split('\n');
    writeFileSync(corpus, posts.slice(0, POSTS).join('\n'));
    const queries = join(scratchFolder(), 'queries.jsonl');
    writeFileSync(queries, '{"id":"q02","text":"redis object cache"}\n{"id":"q03","text":"WP_MEMORY_LIMIT"}\n');
    const run = await runCli([
      'quality',
      '--json',
      '--corpus',
      corpus,
      '--queries',
      queries,
      '--qrels',
      `${sample}/qrels.tsv`,
    ]);
    const report = json<Record<string, unknown> & { modes: Record<string, Record<string, unknown>> }>(run);
    expect(report).toMatchObject({ queries: expect.any(Number), documents: POSTS, seconds: expect.any(Number) });
    expect(Object.keys(report.modes).sort()).toEqual(['bm25', 'dense', 'hybrid', 'hybrid+rerank']);
    for (const measures of Object.values(report.modes)) {
      for (const name of ['ndcg10', 'recall100', 'mrr10']) {
        const { mean, low, high } = measures[name] as Record<'mean' | 'low' | 'high', number>;
        expect([0 <= low, low <= mean, mean <= high, high <= 1], name).toEqual([true, true, true, true]);
      }
    }
  });
});
