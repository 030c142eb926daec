/** A real S3-speaking server of its own (s3rver over a folder): on a free port, with keys of its own, to be stopped and started again. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { scratchFolder } from './scratch.ts';

export const hasS3 = spawnSync('s3rver', ['--version']).status === 0;
if (!hasS3)
  process.stderr.write('Tests with an S3 service are skipped: no s3rver here (npm install --global s3rver)\n');

/** How long it may take to listen. */
const START_TRIES = 200;
const PAUSE_MS = 50;

export class S3Server {
  readonly port: number;
  /** The only ones that it knows. */
  readonly keys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
  readonly #folder = scratchFolder();
  #child: ChildProcess | null = null;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(...buckets: string[]): Promise<S3Server> {
    const server = new S3Server(await freePort());
    mkdirSync(server.#data);
    for (const bucket of buckets) server.makeBucket(bucket);
    await server.start();
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** For a process that is to use it. */
  get environment(): Record<string, string> {
    const { accessKeyId, secretAccessKey } = this.keys;
    return { WP_CHAT_BACKUP_ACCESS_KEY_ID: accessKeyId, WP_CHAT_BACKUP_SECRET_ACCESS_KEY: secretAccessKey };
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  /** To s3rver a bucket is a folder. */
  makeBucket(name: string): void {
    mkdirSync(join(this.#data, name));
  }

  /** Where the bytes of an object lie, so that they can be harmed. */
  pathOf(bucket: string, key: string): string {
    return join(this.#data, bucket, `${key}._S3rver_object`);
  }

  async start(): Promise<void> {
    const words = ['--directory', this.#data, '--address', '127.0.0.1', '--port', String(this.port)];
    const child = spawn('s3rver', [...words, '--silent', '--no-vhost-buckets'], { stdio: 'ignore' });
    this.#child = child;
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    for (let tries = 0; ; tries++) {
      const answers = await fetch(this.endpoint).then(
        () => true,
        () => false,
      );
      if (answers) return;
      if (tries === START_TRIES || child.exitCode !== null)
        throw new Error(`s3rver does not listen: ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** SIGSTOP keeps connections open and answers nothing; SIGCONT goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child!.kill(signal);
  }

  /** Ends it at once; what was put is kept. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

/** Nobody listens there. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
