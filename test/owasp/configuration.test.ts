/** OWASP API Security Top 10 (2023), 8 and 9: is it safe as it comes, and is every address of it known? */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needOf } from '../../server/auth/route-scopes.ts';
import { allRoutes } from '../support/all-routes.ts';
import { runCli } from '../support/cli.ts';
import { RawConnection } from '../support/raw-http.ts';
import { scratchFolder } from '../support/scratch.ts';
import { type ServerProcess, sampleIndex, startSampleServer } from '../support/server.ts';

/** As it comes: what the defaults leave open is what is attacked here. */
let server: ServerProcess;
let described: Record<string, Record<string, { security: object[] }>>;
beforeAll(async () => {
  server = await startSampleServer();
  const response = await fetch(`${server.url}/openapi.json`);
  described = ((await response.json()) as { paths: typeof described }).paths;
});
afterAll(() => server.stop());

const SEARCH = '/search?q=redis&mode=bm25&rerank=false&topk=1';

/** Written by hand: fetch would not send these headers as they are. */
async function send(method: string, path: string, headers: readonly string[]) {
  const connection = await RawConnection.open(server.port);
  connection.send(`${[`${method} ${path} HTTP/1.1`, ...headers].join('\r\n')}\r\n\r\n`);
  const response = (await connection.next(method === 'HEAD'))!;
  connection.close();
  return response;
}

describe('API8 security misconfiguration: what nobody configured is closed', () => {
  it('it does not listen to others before there is a key', async () => {
    const settings = ['server.host=0.0.0.0', 'server.port=0', `index.directory=${sampleIndex()}`];
    const { code, err } = await runCli(['serve', ...settings.flatMap((one) => ['--set', one])], {
      cwd: scratchFolder(),
    });
    expect([code, err]).toEqual([2, expect.stringContaining('wp-chat keys create')]);
  });

  it('a page of another site reads nothing and does nothing, whatever name it calls us by', async () => {
    const evil = 'Origin: https://evil.example';
    for (const [method, path] of [
      ['GET', SEARCH],
      ['GET', '/stats/slo'],
      ['GET', '/openapi.json'],
      ['OPTIONS', '/search'],
      ['OPTIONS', '/admin/cache/clear'],
    ] as const) {
      const { headers } = await send(method, path, ['Host: localhost', evil, 'Access-Control-Request-Method: POST']);
      const granted = [...headers.keys()].filter((name) => name.startsWith('access-control-allow'));
      expect([method, path, granted]).toEqual([method, path, []]);
    }
    for (const lines of [
      ['Host: localhost', evil],
      ['Host: localhost', 'Sec-Fetch-Site: cross-site'],
      ['Host: rebound.evil.example', 'Origin: http://rebound.evil.example'],
      ['Host: rebound.evil.example'],
      ['Host: localhost', 'Via: 1.1 proxy'],
    ]) {
      const { status } = await send('POST', '/admin/cache/clear', [...lines, 'Content-Length: 0']);
      expect([lines, status]).toEqual([lines, lines.at(-1)!.startsWith('Via') ? 401 : 403]);
    }
  });

  it('pages run nothing but files of ours, and are framed by nobody', async () => {
    for (const path of ['/', '/docs', '/dashboard']) {
      const { headers } = await fetch(server.url + path);
      const policy = headers.get('content-security-policy')!;
      expect(policy).toMatch(/default-src 'none'/);
      expect(policy).toMatch(/frame-ancestors 'none'/);
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it.each([
    ['GET', '/search?topk=x%27%22<script>'],
    ['GET', '/nothing/../../etc/passwd'],
    ['GET', '/assets/..%2f..%2fpackage.json'],
    ['GET', '/stats/histograms?from=%00&format=../../x'],
    ['TRACE', '/'],
    ['CONNECT', '/'],
    ['POST', '/search'],
  ])('a refusal of %s %s tells nothing of the inside', async (method, path) => {
    const { status, headers, body } = await send(method, path, [
      'Host: localhost',
      'X-Secret: echo-me',
      'Content-Length: 0',
    ]);
    const text = body.toString();
    expect([status >= 400, status < 500]).toEqual([true, true]);
    expect(text).not.toMatch(/\bat .*:\d+:\d+|node_modules|\.ts\b|\/home\/|\/usr\/|\/tmp\/|root:|echo-me/);
    expect(headers.get('content-type') ?? 'application/problem+json').toMatch(
      /^application\/problem\+json|^text\/html/,
    );
    for (const name of ['x-powered-by', 'server', 'x-aspnet-version']) expect(headers.has(name)).toBe(false);
  });
});

describe('API9 improper inventory management: every address is described and judged, and there is no other', () => {
  const routes = allRoutes();
  const addressOf = (path: string): string =>
    path.startsWith('/assets/') ? '/assets/{name}' : path.replaceAll(/:(\w+)/g, '{$1}');

  it('what is served is described, and what is described is served', () => {
    const served = new Set(routes.map(({ method, path }) => `${method} ${addressOf(path)}`));
    const told = Object.entries(described).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect([...served].sort()).toEqual(told.sort());
    expect(served.size).toBeGreaterThan(25);
  });

  it('what is described as asking for a key does, and nothing else', () => {
    for (const { method, path } of routes) {
      const { security } = described[addressOf(path)]![method.toLowerCase()]!;
      expect([path, security.length === 0]).toEqual([path, needOf({ method, path }).area === 'public']);
    }
  });

  it.each([
    '/admin',
    '/admin/',
    '/admin/config',
    '/admin/users',
    '/api',
    '/api/v1/search',
    '/v1/search',
    '/v2/search',
    '/search/v1',
    '/search.json',
    '/stats',
    '/stats/',
    '/stats/debug',
    '/stats/env',
    '/health',
    '/debug',
    '/debug/pprof/',
    '/actuator',
    '/actuator/env',
    '/graphql',
    '/swagger.json',
    '/swagger-ui',
    '/openapi.yaml',
    '/api-docs',
    '/.env',
    '/.git/config',
    '/config.yml',
    '/package.json',
    '/server-status',
    '/console',
    '/internal',
    '/private',
    '/test',
    '/beta/search',
    '/old/search',
    '/search/batch/',
    '/metrics/',
    '/logs/api_errors.log',
    '/data/keys.json',
    '/wp-json/',
    '/wp-login.php',
    '/assets/',
    '/assets/search.html',
    '/assets/search.js.map',
    '/dashboard/',
    '/dashboard/events/',
    '/docs/',
    '/robots.txt',
    '/.well-known/security.txt',
  ])('%s is nothing', async (path) => {
    for (const method of ['GET', 'POST'])
      expect((await send(method, path, ['Host: localhost', 'Content-Length: 0'])).status).toBe(404);
  });
});
