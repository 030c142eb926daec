/** A redis-server of the benchmark's own, on a free port of the loopback, with nothing on the disk. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface OwnRedis {
  readonly url: string;
  readonly child: ChildProcess;
  /** The barest round trip there is: `PING` on a connection of its own. */
  ping(): Promise<void>;
  end(): void;
}

/** @throws Error where there is no redis-server (Debian: redis-server) */
export async function startOwnRedis(): Promise<OwnRedis> {
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'ignore'] });
  await Promise.race([ready(child), once(child, 'exit').then(() => Promise.reject(new Error('redis-server ended')))]);
  const socket: Socket = connect(port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  return {
    url: `redis://127.0.0.1:${port}`,
    child,
    ping: async () => {
      socket.write('PING\r\n');
      await once(socket, 'data');
    },
    end: () => {
      socket.destroy();
      child.kill('SIGKILL');
    },
  };
}

const ready = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    let said = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      said += chunk;
      if (said.includes('Ready to accept connections')) resolve();
    });
  });

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
