/** A real redis-server of its own: on a free port, over a folder of its own, to be stopped, killed and started again. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { scratchFolder } from './scratch.ts';

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) process.stderr.write('Tests with a Redis are skipped: no redis-server here (Debian: redis-server)\n');

export class RedisServer {
  readonly port: number;
  readonly #folder = scratchFolder();
  readonly #settings: readonly string[];
  #child: ChildProcess | null = null;

  private constructor(port: number, settings: readonly string[]) {
    this.port = port;
    this.#settings = settings;
  }

  /** @param settings as on its command line: `--requirepass`, `secret` */
  static async start(...settings: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), settings);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Over what its last run left on the disk. */
  async start(): Promise<void> {
    const own = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    const child = spawn('redis-server', [...own, ...this.#settings], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    await new Promise<void>((resolve, reject) => {
      let said = '';
      child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${said}`)));
      child.stdout!.on('data', (chunk: Buffer) => {
        said += chunk;
        if (said.includes('Ready to accept connections')) resolve();
      });
    });
  }

  /** SIGSTOP keeps connections open and answers nothing; SIGCONT goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child!.kill(signal);
  }

  /** Ends it at once; what it had in memory is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** What it answers to a command. */
  cli(...words: string[]): string {
    return execFileSync('redis-cli', ['-p', String(this.port), '--no-auth-warning', ...words], {
      encoding: 'utf8',
    }).trim();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
