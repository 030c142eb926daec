/** Where the server listens, and how: start-up refusals, HTTPS, the operators' own port, keys that change meanwhile. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { createKey, revokeKey } from '../../../server/auth/key-making.ts';
import { askCli, type CliRun, runCli } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { sampleIndex, startSampleServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

const WISH = { name: 'operator', scopes: ['admin'], from: [], lifetimeMs: null } as const;
const serve = (by: typeof runCli | typeof askCli, set: readonly string[]): Promise<CliRun> => {
  const settings = ['server.port=0', `index.directory=${sampleIndex()}`, ...set];
  return by(['serve', '--json', ...settings.flatMap((one) => ['--set', one])], { cwd: scratchFolder() });
};
const refused = async (...set: string[]): Promise<{ code: string; detail: string; field: string; remedy: string }> => {
  const { code, out, err } = await serve(askCli, set);
  expect([code, out]).toEqual([2, '']);
  return JSON.parse(err) as { code: string; detail: string; field: string; remedy: string };
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

describe('beyond this machine', () => {
  it.each([
    ['all addresses', ['server.host=0.0.0.0']],
    ['all of IPv6', ['server.host=::']],
    ['a port for operators that others reach', ['server.admin.host=0.0.0.0', 'server.admin.port=1']],
  ])('%s, without a key: it does not start, and says how to make one', async (_, set) => {
    const { code, remedy } = await refused(...set);
    expect([code, remedy]).toEqual(['config_invalid', expect.stringContaining('wp-chat keys create')]);
  });

  it('keys that have ended are none', async () => {
    const file = join(scratchFolder(), 'keys.json');
    revokeKey(file, createKey(file, WISH, Date.now()).record.id, Date.now());
    createKey(file, { ...WISH, lifetimeMs: 1 }, Date.now() - 1000);
    await refused('server.host=0.0.0.0', `server.auth.keysFile=${file}`);
  });

  it('a torn file of keys: it does not start, even on loopback', async () => {
    const file = join(scratchFolder(), 'keys.json');
    writeFileSync(file, '{"format":"wp-chat keys 1","ke', { mode: 0o600 });
    expect((await refused(`server.auth.keysFile=${file}`)).detail).toContain(file);
  });

  it('with a key it starts; a key made or revoked later counts without a restart', async () => {
    const file = join(scratchFolder(), 'keys.json');
    const { key, record } = createKey(file, WISH, Date.now());
    const server = await startSampleServer({
      set: ['server.host=0.0.0.0', 'server.auth.admin=key', `server.auth.keysFile=${file}`],
    });
    try {
      const status = async (bearer: string): Promise<number> => {
        const url = `http://127.0.0.1:${server.port}/admin/keys`;
        return (await fetch(url, { headers: { authorization: `Bearer ${bearer}` } })).status;
      };
      expect(await status(key)).toBe(200);
      const next = createKey(file, WISH, Date.now());
      revokeKey(file, record.id, Date.now());
      server.child.kill('SIGHUP');
      // The signal is on its way: the answer changes when it has come, or when the file is looked at next.
      await until(async () => (await status(key)) !== 200);
      expect([await status(key), await status(next.key)]).toEqual([401, 200]);
    } finally {
      await server.stop();
    }
  });
});

const folder = scratchFolder();
const inFolder = (name: string): string => join(folder, name);
const certified = (name: string): boolean =>
  spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', inFolder(`${name}.key`), '-out', inFolder(`${name}.crt`)],
  ]).status === 0;
const canCertify = certified('a') && certified('b');
if (!canCertify) process.stderr.write('HTTPS is not tried: openssl is not installed\n');

describe.skipIf(!canCertify)('HTTPS', () => {
  beforeAll(() => writeFileSync(inFolder('text'), 'no PEM'));
  const tls = (certFile: string, keyFile: string): string[] => [
    `server.tls.certFile=${certFile && inFolder(certFile)}`,
    `server.tls.keyFile=${keyFile && inFolder(keyFile)}`,
  ];

  it.each([
    ['one file of two', 'a.crt', '', 'server.tls.keyFile', 'two files'],
    ['a file that is not there', 'none', 'a.key', 'server.tls.certFile', 'no such file'],
    ['a key that is no PEM', 'a.crt', 'text', 'server.tls.keyFile', 'private key'],
    ['a certificate that is no PEM', 'text', 'a.key', 'server.tls.certFile', 'certificate'],
    ['the key of another certificate', 'a.crt', 'b.key', 'server.tls.keyFile', 'does not belong'],
  ])('%s: it does not start, and says which and why', async (_, certFile, keyFile, field, why) => {
    const fault = await refused(...tls(certFile, keyFile));
    expect(fault).toMatchObject({ code: 'config_invalid', field, detail: expect.stringContaining(why) });
  });

  it('answers under the certificate, and not in plain text', async () => {
    const server = await startSampleServer({ set: tls('a.crt', 'a.key') });
    try {
      expect(server.url).toMatch(/^https:/);
      const answer = await new Promise<{ status: number; subject: string }>((resolve, reject) => {
        const sent = request(`${server.url}/stats/slo`, { rejectUnauthorized: false }, (response) => {
          const { subject } = (response.socket as TLSSocket).getPeerCertificate();
          response.resume().on('end', () => resolve({ status: response.statusCode!, subject: String(subject.CN) }));
        });
        sent.on('error', reject).end();
      });
      expect(answer).toEqual({ status: 200, subject: 'localhost' });
      await expect(fetch(server.url.replace('https:', 'http:'))).rejects.toThrow();
    } finally {
      expect(await server.stop()).toBe(0);
    }
  });
});

describe('a port for operators', () => {
  it('alone has figures, dashboard and admin; search is only on the other; both know health and pages', async () => {
    const port = await freePort();
    const server = await startSampleServer({ set: [`server.admin.port=${port}`] });
    try {
      const status = async (base: string, path: string): Promise<number> => {
        const response = await fetch(base + path);
        await response.body?.cancel();
        return response.status;
      };
      const back = `http://127.0.0.1:${port}`;
      for (const path of ['/stats/slo', '/metrics', '/dashboard', '/dashboard/events', '/admin/keys'])
        expect([path, await status(server.url, path), await status(back, path)]).toEqual([path, 404, 200]);
      const search = '/search?q=redis&mode=bm25&rerank=false';
      expect([await status(server.url, search), await status(back, search)]).toEqual([200, 404]);
      for (const path of ['/stats/health', '/assets/theme.css', '/docs'])
        expect([await status(server.url, path), await status(back, path)]).toEqual([200, 200]);
    } finally {
      expect(await server.stop()).toBe(0);
    }
  });

  it('that is taken: it does not start, and names it', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, err } = await serve(runCli, [`server.admin.port=${port}`]);
    other.close();
    expect(code).toBe(1);
    expect(err).toContain(`127.0.0.1:${port}`);
  });
});
