import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../shared/wordpress/wordpress', import.meta.url));
const INSTALLED = '/usr/share/wordpress';

/** Why no real WordPress can be started here; null when one can. */
export function wordpressMissing(): string | null {
  if (!existsSync(SCRIPT)) return `${SCRIPT} is not there`;
  if (!existsSync(INSTALLED)) return 'the Debian package wordpress is not installed';
  for (const program of ['mariadbd', 'php', 'curl']) {
    if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0) return `${program} is not installed`;
  }
  return null;
}

export interface ImportedPost {
  readonly title: string;
  readonly html: string;
  readonly date?: string;
  readonly categories?: readonly string[];
  readonly tags?: readonly string[];
  readonly status?: string;
  readonly password?: string;
  readonly type?: string;
}

export interface WordPress {
  readonly url: string;
  readonly user: string;
  /** An application password. */
  readonly password: string;
  /** Calls the REST API as the administrator; throws on any failure. */
  rest(method: string, route: string, body?: unknown): Promise<unknown>;
  /** What Tools > Export writes. */
  exportWxr(): string;
  stop(): Promise<void>;
}

/** A real WordPress with its own database on loopback. `plugin` is PHP for a must-use plugin. */
export async function startWordPress(posts: readonly ImportedPost[], plugin?: string): Promise<WordPress> {
  const dir = mkdtempSync(join(tmpdir(), 'wp-chat-wordpress-'));
  if (plugin !== undefined) {
    cpSync(INSTALLED, join(dir, 'site'), { recursive: true, dereference: true });
    mkdirSync(join(dir, 'site/wp-content/mu-plugins'), { recursive: true });
    writeFileSync(join(dir, 'site/wp-content/mu-plugins/test.php'), plugin);
  }
  const file = join(dir, 'posts.jsonl');
  writeFileSync(file, posts.map((post) => `${JSON.stringify(post)}\n`).join(''));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const started = spawnSync('bash', [SCRIPT, 'start', dir, String(port), file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (started.status !== 0) {
    await stopWordPress(dir);
    throw new Error(`WordPress did not start: ${started.stderr}`);
  }
  const user = 'admin';
  const password = readFileSync(join(dir, 'app-password'), 'utf8').trim();
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return {
    url,
    user,
    password,
    async rest(method, route, body) {
      const response = await fetch(`${url}/wp-json${route}`, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    exportWxr() {
      const written = spawnSync('bash', [SCRIPT, 'wxr', dir], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
      if (written.status !== 0) throw new Error(`WordPress did not export: ${written.stderr}`);
      return written.stdout;
    },
    stop: () => stopWordPress(dir),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}

/** PHP's built-in server leaves its workers behind when it is killed, so they are ended one by one with it. */
async function stopWordPress(dir: string): Promise<void> {
  const database = readPid(join(dir, 'run/db.pid'));
  const server = readPid(join(dir, 'run/php.pid'));
  const workers = server === null ? [] : childrenOf(server);
  spawnSync('bash', [SCRIPT, 'stop', dir]);
  for (const worker of workers) if (isRunning(worker)) process.kill(worker);
  for (const pid of [database, server, ...workers]) {
    while (pid !== null && isRunning(pid)) await new Promise((again) => setTimeout(again, 20));
  }
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
}

function readPid(file: string): number | null {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : null;
}

function childrenOf(pid: number): number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  return existsSync(list) ? readFileSync(list, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
