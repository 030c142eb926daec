/** A real WordPress and a running server: what is written there is found here, by looking, and by being told. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../engine/package-root.ts';
import { sampleIndexCopy } from '../support/sample-index-copy.ts';
import { scratchFolder } from '../support/scratch.ts';
import { cliPath, type ServerProcess, startServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { startWordPress, type WordPress, wordpressMissing } from '../support/wordpress.ts';

const missing = wordpressMissing();
if (missing !== null) process.stderr.write(`Following a real WordPress is left out: ${missing}\n`);

const SECRET = 'a secret of thirty-two characters';

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

/** The lines that the README gives, for a server at this address. */
function mustUsePlugin(url: string): string {
  const [, code] = /```php\n<\?php([\s\S]*?)```/.exec(readFileSync(join(packageRoot, 'README.md'), 'utf8'))!;
  return `<?php\ndefine('WP_CHAT_URL', '${url}');\ndefine('WP_CHAT_SECRET', '${SECRET}');\n${code!.replace(/^ \/\/.*/, '')}`;
}

describe.skipIf(missing !== null)('a real WordPress', () => {
  let site: WordPress;
  let server: ServerProcess;
  let watch: ChildProcess | null = null;
  let said = '';

  beforeAll(async () => {
    const port = await freePort();
    site = await startWordPress(
      [
        { title: 'Wombats', html: '<p>The wombat digs with its claws.</p>' },
        { title: 'Numbats', html: '<p>The numbat eats termites.</p>' },
        { title: 'Hidden', html: '<p>zyzzyva</p>', password: 'open sesame' },
      ],
      mustUsePlugin(`http://127.0.0.1:${port}`),
    );
    const set = [`server.port=${port}`, `sync.site=${site.url}`, 'source.requestsPerSecond=200'];
    server = await startServer({ index: sampleIndexCopy(), set, environment: { WP_CHAT_WEBHOOK_SECRET: SECRET } });
  }, 180_000);
  afterAll(async () => {
    watch?.kill('SIGKILL');
    await server?.stop();
    await site?.stop();
  });

  const found = async (query: string): Promise<string[]> => {
    const response = await fetch(`${server.url}/search?q=${query}&mode=bm25&rerank=false`);
    return ((await response.json()) as { hits: { postId: string }[] }).hits.map(({ postId }) => postId);
  };
  const write = (route: string, content: string, title = 'New'): Promise<{ id: number }> =>
    site.rest('POST', route, { title, content, status: 'publish' }) as Promise<{ id: number }>;

  it('tells by ten lines of PHP what is new, other and gone', async () => {
    const { id } = await write('/wp/v2/posts', '<p>The bilby has long ears.</p>');
    await until(async () => (await found('bilby')).includes(String(id)));
    await write(`/wp/v2/posts/${id}`, '<p>The potoroo has not.</p>');
    await until(async () => (await found('potoroo')).includes(String(id)));
    // An answer from before may be given for a moment more.
    await until(async () => (await found('bilby')).length === 0);
    await site.rest('DELETE', `/wp/v2/posts/${id}`);
    await until(async () => (await found('potoroo')).length === 0);
  }, 120_000);

  it('is followed by looking: all the first time, then what is new, other and gone; it ends when it is told to', async () => {
    const words = [
      'sync',
      '--from',
      site.url,
      '--watch',
      '--interval',
      '1s',
      '--whole-every',
      '2',
      '--url',
      server.url,
    ];
    const set = ['--set', `sync.directory=${scratchFolder()}`, '--set', 'source.requestsPerSecond=200'];
    const child = spawn(process.execPath, [cliPath, ...words, ...set], { cwd: packageRoot });
    watch = child;
    child.stderr.on('data', (chunk: Buffer) => (said += chunk));
    child.stdout.on('data', (chunk: Buffer) => (said += chunk));
    await until(async () => (await found('wombat')).length > 0 && (await found('numbat')).length > 0);
    expect(await found('zyzzyva')).toEqual([]);
    const { id } = await write('/wp/v2/pages', '<p>The quokka smiles.</p>');
    await until(async () => (await found('quokka')).includes(String(id)));
    await until(() => /[1-9]\d* new/.test(said));
    await site.rest('DELETE', `/wp/v2/pages/${id}?force=true`);
    await until(async () => (await found('quokka')).length === 0);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect([await ended, said]).toEqual([0, expect.not.stringContaining('Cannot')]);
  }, 120_000);
});
