/** Commands that ask a running server: over HTTPS, at the operators' own port, with keys; and what they say where it refuses. */
import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../../server/auth/key-making.ts';
import type { Scope } from '../../../server/auth/scopes.ts';
import { askCli, type CliRun, runCli } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { cliPath, type ServerProcess, startSampleServer } from '../../support/server.ts';

const folder = scratchFolder();
const certified = (name: string): boolean =>
  spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=search.example', '-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)],
  ]).status === 0;
const canCertify = certified('ours') && certified('other');
if (!canCertify) process.stderr.write('Commands over HTTPS are not tried: openssl is not installed\n');

const keysFile = join(folder, 'keys.json');
const keyFor = (...scopes: Scope[]): string =>
  createKey(keysFile, { name: 'test', scopes, from: [], lifetimeMs: null }, Date.now()).key;
const KEYS = { act: keyFor('ops:act', 'ops:read'), stats: keyFor('stats'), search: keyFor('search') };

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createTcp().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

let server: ServerProcess;
let settings: string[];
let adminPort: number;
beforeAll(async () => {
  adminPort = await freePort();
  const shared = [
    `server.admin.port=${adminPort}`,
    ...(canCertify ? [`server.tls.certFile=${join(folder, 'ours.crt')}`] : []),
  ];
  const keyed = ['search', 'stats', 'admin'].map((area) => `server.auth.${area}=key`);
  server = await startSampleServer({
    set: [
      ...shared,
      ...keyed,
      ...(canCertify ? [`server.tls.keyFile=${join(folder, 'ours.key')}`] : []),
      `server.auth.keysFile=${keysFile}`,
    ],
  });
  settings = [...shared, `server.port=${server.port}`, 'server.host=127.0.0.1'].flatMap((one) => ['--set', one]);
});
afterAll(() => server.stop());

const run = (words: readonly string[], key: string | null = KEYS.act): Promise<CliRun> =>
  askCli([...words, ...settings], { environment: key === null ? {} : { WP_CHAT_KEY: key } });
const told = async (words: readonly string[], key?: string): Promise<Record<string, unknown>> => {
  const { code, out, err } = await run([...words, '--json'], key);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Record<string, unknown>;
};

describe('with the right key, at the port where each is answered', () => {
  it('search, slo status and doctor', async () => {
    expect(await told(['search', 'redis', '--mode', 'bm25', '--no-rerank'], KEYS.search)).toMatchObject({
      requestId: expect.any(String),
    });
    expect(await told(['slo', 'status'], KEYS.stats)).toMatchObject({ source: 'server' });
    const { out } = await run(['doctor', '--json'], null);
    expect(out).toContain('wp-chat answers there');
  });

  it('cache: status, off for a while, on, forgotten', async () => {
    expect((await run(['cache', 'status'])).out).toMatch(/^Cache on: \d+ answers, .* MiB/);
    const off = await run(['cache', 'disable', '--for', '10m', '--yes']);
    expect([off.code, off.out]).toEqual([0, 'Cache disabled for 600 s\n']);
    expect(await told(['cache', 'status'])).toMatchObject({ enabled: false, enabledAgainAt: expect.any(String) });
    expect((await run(['cache', 'enable'])).out).toBe('Cache enabled\n');
    expect(await told(['cache', 'clear', '--yes'])).toMatchObject({ success: true, cleared: expect.any(Number) });
  });

  it('ratelimit: previewed, set for a while, set back', async () => {
    const terms = ['ratelimit', 'adjust', '--max-requests', '10', '--window', '1h', '--burst', '5'];
    expect((await run([...terms, '--preview'])).out).toMatch(
      /^Of \d+ queries in the last \d+ s it would have refused 0/,
    );
    expect(await told(['ratelimit', 'status'])).toMatchObject({ policy: { name: 'default' } });
    expect(await told([...terms, '--for', '30m', '--yes'])).toMatchObject({
      applied: true,
      policy: { name: 'adjusted', maxRequests: 10, windowSeconds: 3600, burst: 5 },
    });
    expect((await run(['ratelimit', 'status'])).out).toMatch(
      /^Limit adjusted: 10 queries in 3600 s, 5 at once, until 20/,
    );
    expect((await run(['ratelimit', 'reset'])).out).toMatch(/^Limit default: /);
  });

  it('ratelimit: an address kept out and let in again', async () => {
    const block = await run(['ratelimit', 'block', '203.0.113.9/24', '--for', '1h', '--reason', 'flood', '--yes']);
    expect([block.code, block.out]).toEqual([0, expect.stringMatching(/^Blocked 203\.0\.113\.0\/24 until 20/)]);
    expect((await run(['ratelimit', 'status'])).out).toMatch(/^203\.0\.113\.0\/24 +operator .* flood$/m);
    expect((await run(['ratelimit', 'unblock', '203.0.113.0/24'])).out).toBe('203.0.113.0/24 is let in again\n');
    expect(await told(['ratelimit', 'unblock', '203.0.113.0/24'])).toEqual({
      removed: false,
      address: '203.0.113.0/24',
    });
  });
});

describe('what is refused says why and what to do, and nothing of the key', () => {
  const clear = ['cache', 'clear', '--yes'];
  const wrong = `wpc_0123456789ab.${'S'.repeat(43)}`;
  it.each([
    ['no key', null, 'unauthorized', 'WP_CHAT_KEY'],
    ['a wrong key', wrong, 'unauthorized', 'wp-chat keys create'],
    ['a key for something else', KEYS.stats, 'forbidden', 'wp-chat keys list'],
    ['no key at all, but a line of text', 'my secret é', 'request_invalid', 'whole line'],
  ])('%s', async (_, key, code, remedy) => {
    const { code: exit, out, err } = await run([...clear, '--json'], key);
    expect([exit, out]).toEqual([code === 'request_invalid' ? 2 : 1, '']);
    expect(JSON.parse(err)).toMatchObject({ code, remedy: expect.stringContaining(remedy) });
    if (key !== null) expect(err).not.toContain(key.split('.')[1] ?? key);
  });

  it('--key stands above the environment, and is shown nowhere', async () => {
    const { code, out, err } = await run(['cache', 'status', '--key', wrong]);
    expect(code).toBe(1);
    expect(out + err).not.toContain('SSS');
    expect((await run(['cache', 'status', '--key', KEYS.act], wrong)).code).toBe(0);
  });

  it('a field that is not right is named', async () => {
    const { code, err } = await run(['ratelimit', 'block', '127.0.0.1', '--yes']);
    expect([code, err]).toEqual([2, expect.stringContaining('never blocked')]);
  });

  it('the searches’ port does not know operators’ matters, and that is said', async () => {
    const { code, err } = await runCli(['cache', 'status', '--json', '--url', server.url], {
      environment: { WP_CHAT_KEY: KEYS.act, NODE_EXTRA_CA_CERTS: join(folder, 'ours.crt') },
    });
    expect(code).not.toBe(0);
    // Named by --url it is believed only under the name in its certificate.
    expect(err).toContain(canCertify ? 'certificate' : 'server.admin.port');
  });
});

describe('whom it asks', () => {
  const bystanders: Server[] = [];
  afterAll(() => {
    for (const one of bystanders) one.close();
  });

  it('nobody: it says so, and what to do', async () => {
    const { code, err } = await runCli(['cache', 'status', '--set', 'server.port=1']);
    expect([code, err]).toEqual([
      5,
      'Cannot ask the server: nobody listens there: http://127.0.0.1:1\n' +
        'Start it with wp-chat serve, or name its address: --url, or server.host and server.port\n',
    ]);
    const { code: wrongUrl } = await runCli(['cache', 'status', '--url', 'localhost']);
    expect(wrongUrl).toBe(2);
  });

  it('another program, or one that leads elsewhere, never sees the key', async () => {
    const seen: string[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(JSON.stringify(request.headers));
      response.writeHead(307, { location: `http://127.0.0.1:${adminPort}/stats/cache` }).end();
    });
    bystanders.push(elsewhere);
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const { code, err } = await runCli(['cache', 'status', '--url', url], { environment: { WP_CHAT_KEY: KEYS.act } });
    expect([code, err]).toEqual([5, expect.stringContaining('It is not wp-chat that answers')]);
    expect(seen).toHaveLength(1);
    expect(seen[0]).not.toContain('wpc_');
  });

  it.skipIf(!canCertify)('another certificate than the configured one gets no key', async () => {
    const other = settings.map((one) => one.replace('ours.crt', 'other.crt'));
    const { code, err } = await runCli(['cache', 'status', ...other], { environment: { WP_CHAT_KEY: KEYS.act } });
    expect([code, err]).toEqual([5, expect.stringContaining('not that of server.tls.certFile')]);
  });
});

describe('what may harm', () => {
  it.each([
    [['cache', 'clear']],
    [['cache', 'disable']],
    [['ratelimit', 'block', '203.0.113.9']],
    [['ratelimit', 'adjust', '--max-requests', '1', '--window', '1h']],
  ])('%j is not done unless it is meant', async (words) => {
    const { code, out, err } = await run(words);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^Nothing was changed\. .*\n(.*\n)*Add --yes\n$/);
  });

  it('has not been done', async () => {
    const [limits, cache] = await Promise.all([told(['ratelimit', 'status']), told(['cache', 'status'])]);
    expect(limits).toMatchObject({ policy: { name: 'default' }, blocks: { count: 0 } });
    expect(cache).toMatchObject({ enabled: true });
  });

  const hasTerminal = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
  if (!hasTerminal) process.stderr.write('Questions at a terminal are not tried: script is not installed\n');
  it.skipIf(!hasTerminal)('is asked about at a terminal: no changes nothing, yes does it', () => {
    const answered = (answer: string) =>
      spawnSync(
        'script',
        ['-qec', [process.execPath, cliPath, 'cache', 'disable', ...settings].join(' '), '/dev/null'],
        { input: `${answer}\n`, encoding: 'utf8', env: { ...process.env, WP_CHAT_KEY: KEYS.act } },
      );
    const no = answered('n');
    expect([no.status, no.stdout]).toEqual([1, expect.stringContaining('Nothing was changed')]);
    const yes = answered('y');
    expect([yes.status, yes.stdout]).toEqual([0, expect.stringContaining('Cache disabled until it is enabled')]);
  });
});
