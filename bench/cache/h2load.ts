/** How many requests a second, from a client that is no limit: h2load of nghttp2 (Debian: nghttp2-client), HTTP/1.1, closed loop. */
import { spawn } from 'node:child_process';
import { cpuMsOf } from '../harness/index.ts';

export interface Served {
  readonly perSecond: number;
  /** Of the server's process, all threads. */
  readonly cpuUsPerRequest: number;
}

export interface Load {
  readonly url: string;
  readonly headers: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Of the process that answers. */
  readonly pid: number;
  /** Every answer must have it: a refusal is quick, and would flatter. */
  readonly status: 200 | 304;
}

export async function runH2load({ url, headers, connections, seconds, pid, status }: Load): Promise<Served> {
  const flags = [
    '--h1',
    '-t1',
    `-c${connections}`,
    `-D${seconds}`,
    ...headers.flatMap((header) => ['-H', header]),
    url,
  ];
  const cpuMs = cpuMsOf(pid);
  const startMs = performance.now();
  const said = await outputOf('h2load', flags);
  const usedMs = cpuMsOf(pid) - cpuMs;
  const elapsedMs = performance.now() - startMs;
  const done = numberIn(said, /requests: \d+ total, \d+ started, (\d+) done/);
  const right = numberIn(said, status === 200 ? /(\d+) 2xx/ : /(\d+) 3xx/);
  if (done === 0 || done !== right) throw new Error(`Not every answer had ${status}: ${said}`);
  return { perSecond: (done * 1000) / elapsedMs, cpuUsPerRequest: (usedMs * 1000) / done };
}

const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);

function outputOf(command: string, flags: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk;
      });
    child.once('error', (error) =>
      reject(new Error(`Cannot run ${command} (Debian: nghttp2-client): ${error.message}`)),
    );
    child.once('close', (code) =>
      code === 0 ? resolve(said) : reject(new Error(`${command} ended with ${code}: ${said}`)),
    );
  });
}
