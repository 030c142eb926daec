/** From a real WordPress to answered queries, by the commands an operator types. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../engine/package-root.ts';
import type { SearchResult } from '../../engine/types.ts';
import { askCli, runCli } from '../support/cli.ts';
import { type ImportedPost, startWordPress, type WordPress, wordpressMissing } from '../support/wordpress.ts';

const missing = wordpressMissing();
if (missing !== null) process.stderr.write(`The tests from a real WordPress to answers are left out: ${missing}\n`);

/** Posts of the sample site as a WordPress editor would have written them. */
const POSTS: ImportedPost[] = readFileSync(join(packageRoot, 'data/sample/posts.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(0, 12)
  .map((line) => {
    const { title, html, categories, tags } = JSON.parse(line) as Required<ImportedPost>;
    return { title, html, categories, tags };
  });
const SECRET = 'zyzzyva';

interface Summary {
  readonly sync: Record<'added' | 'changed' | 'unchanged' | 'deleted' | 'rejected', number>;
  readonly counts: { readonly posts: number };
  readonly embedded: number;
}

describe.skipIf(missing !== null)('a real WordPress', () => {
  let site: WordPress;
  let work: string;
  const index = async (from: string, into: string): Promise<Summary> => {
    const run = await runCli([
      'index',
      '--json',
      '--from',
      from,
      '--into',
      join(work, into),
      '--set',
      'source.requestsPerSecond=200',
    ]);
    expect(run.code, run.err).toBe(0);
    return JSON.parse(run.out) as Summary;
  };
  const search = async (query: string, from = 'live'): Promise<SearchResult> => {
    const run = await askCli([
      'search',
      query,
      '--local',
      '--json',
      '--no-rerank',
      '--set',
      `index.directory=${join(work, from)}`,
    ]);
    expect(run.code, run.err).toBe(0);
    return JSON.parse(run.out) as SearchResult;
  };

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'wp-chat-site-'));
    site = await startWordPress([
      ...POSTS,
      { title: 'Hidden behind a password', html: `<p>${SECRET} one</p>`, password: 'open sesame' },
      { title: 'A draft', html: `<p>${SECRET} two</p>`, status: 'draft' },
      { title: 'A private note', html: `<p>${SECRET} three</p>`, status: 'private' },
    ]);
  }, 180_000);
  afterAll(async () => {
    await site?.stop();
    if (work !== undefined) rmSync(work, { recursive: true, force: true });
  });

  it('is crawled into an index that answers, and shows nothing that is not public', async () => {
    const { sync, counts } = await index(site.url, 'live');
    expect(sync.added).toBe(counts.posts);
    expect(counts.posts).toBeGreaterThanOrEqual(POSTS.length);
    for (const { title } of POSTS.slice(0, 5)) {
      expect((await search(title)).hits.slice(0, 3).map((hit) => plain(hit.title))).toContain(plain(title));
    }
    for (const hit of (await search(SECRET)).hits) expect(hit.snippet).not.toContain(SECRET);
  }, 120_000);

  it('is brought up to date: an edit, a deletion and a new post show, and nothing else is embedded again', async () => {
    const victim = (await search(POSTS[0]!.title)).hits[0]!;
    const edited = (await search(POSTS[1]!.title)).hits[0]!;
    await site.rest('DELETE', `/wp/v2/posts/${victim.postId}?force=true`);
    await site.rest('POST', `/wp/v2/posts/${edited.postId}`, {
      content: '<p>The quokka lives on Rottnest Island.</p>',
    });
    await site.rest('POST', '/wp/v2/posts', {
      title: 'Wombats',
      content: '<p>A wombat digs with its claws.</p>',
      status: 'publish',
    });

    const { sync, embedded } = await index(site.url, 'live');
    expect(sync).toMatchObject({ added: 1, changed: 1, deleted: 1 });
    expect(embedded).toBe(2);
    expect((await search('quokka')).hits[0]!.postId).toBe(edited.postId);
    expect((await search('wombat')).hits[0]!.title).toBe('Wombats');
    expect((await search(POSTS[0]!.title)).hits.map(({ postId }) => postId)).not.toContain(victim.postId);
  }, 120_000);

  it('and its export give the same posts', async () => {
    const file = join(work, 'export.xml');
    writeFileSync(file, site.exportWxr());
    const live = await index(site.url, 'live');
    // What was embedded is: here it is the posts that are compared.
    cpSync(join(work, 'live/vectors'), join(work, 'export/vectors'), { recursive: true });
    const exported = await index(file, 'export');
    expect(exported.counts.posts).toBe(live.counts.posts);
    expect((await search('wombat', 'export')).hits[0]!.title).toBe('Wombats');
    for (const hit of (await search(SECRET, 'export')).hits) expect(hit.snippet).not.toContain(SECRET);
  }, 120_000);

  it('and JSON lines on standard input give an index too, with the faulty line named', async () => {
    const lines = POSTS.slice(0, 3).map(({ title, html }, at) => JSON.stringify({ id: String(at), title, html }));
    const run = await runCli(['index', '--from', '-', '--into', join(work, 'stdin')], {
      input: [...lines, '{"id": "9", "title": 7, "text": "x"}', '{"id": "10", "title": "t"}'].join('\n'),
    });
    expect(run.code, run.err).toBe(0);
    expect(run.err).toMatch(/:4 title: .*expected.*\n.*:5 text: .*skipped/);
    expect(run.out).toContain('4 new, 0 changed, 0 unchanged, 0 deleted, 1 rejected, 1 repaired');
  }, 60_000);
});

/** WordPress writes typographic quotes and dashes into titles. */
const plain = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
