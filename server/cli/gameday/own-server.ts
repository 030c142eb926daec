/**
 * A server to rehearse on that is nobody's: a process of its own, over a copy of the index, with files of its own. It notices and acts as the
 * configured one does; only where that hour's worth of patience would get in the way of the next scenario it is told to have less.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { EngineError } from '../../../engine/errors.ts';
import { FLOOD_LIMIT } from '../../../ops/gameday/index.ts';
import type { Config } from '../../config/index.ts';

export interface OwnServer {
  readonly url: string;
  readonly pid: number;
  /** The copy. */
  readonly index: string;
  /** Ends it and removes what was its own. */
  stop(): Promise<void>;
}

const START_MS_MAX = 120_000;
const STOP_MS_MAX = 20_000;
/** On any machine the same, so that rehearsals compare. */
const WORKERS = 2;
const MEMORY_BYTES_MAX = 3 * 2 ** 30;
/** What is no part of an index, but of the processes that serve it. */
const OF_PROCESSES = new Set(['leases', 'journal']);

/** @param given how this program was started with its configuration: `--config FILE --set key=value` */
export async function ownServer(config: Config, given: readonly string[]): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'wp-chat-gameday-'));
  const index = join(folder, 'index');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    cpSync(config.index.directory, index, {
      recursive: true,
      filter: (path) => !OF_PROCESSES.has(basename(path)),
    });
  } catch (error) {
    throw new EngineError('index_missing', `Cannot copy the index: ${(error as Error).message}`, {
      field: 'index.directory',
      value: config.index.directory,
      remedy: 'Build one: wp-chat index --from data/sample/posts.jsonl',
    });
  }
  const settings = settingsOf(folder, index).flatMap((setting) => ['--set', setting]);
  const child = spawn(process.execPath, [process.argv[1]!, 'serve', '--json', ...given, ...settings], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is for the rehearsal, which then puts everything back and ends it.
    detached: true,
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const { url } = await listening(child, exited);
  return {
    url,
    pid: child.pid!,
    index,
    stop: async () => {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const timer = setTimeout(kill, STOP_MS_MAX);
      await exited;
      clearTimeout(timer);
      process.off('exit', kill);
      process.off('exit', remove);
      remove();
    },
  };
}

const settingsOf = (folder: string, index: string): string[] => [
  'server.faults=true',
  'server.host=127.0.0.1',
  'server.port=0',
  'server.admin.port=0',
  'server.tls.certFile=',
  'server.tls.keyFile=',
  `server.workers=${WORKERS}`,
  `index.directory=${index}`,
  `logs.directory=${join(folder, 'logs')}`,
  `canary.directory=${join(folder, 'canary')}`,
  `incidents.notify.directory=${join(folder, 'notify')}`,
  `ops.memoryBytesMax=${MEMORY_BYTES_MAX}`,
  // The flood comes from an address that a proxy names; all else comes from this machine.
  'server.limits.trustedProxies=127.0.0.0/8,::1/128',
  `server.limits.maxRequests=${FLOOD_LIMIT.maxRequests}`,
  'server.limits.windowSeconds=1',
  // What reranking costs is the machine's affair; that it fails or is late is what is rehearsed.
  'retrieval.rerank.depth=4',
  `server.limits.burst=${FLOOD_LIMIT.burst}`,
  // A day of incidents within minutes.
  'incidents.automatic.enabled=true',
  'incidents.automatic.actionsPerHourMax=1000',
  'incidents.automatic.failuresMax=100',
];

async function listening(child: ChildProcess, exited: Promise<number | null>): Promise<{ url: string }> {
  let out = '';
  let err = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    err = `${err}${chunk}`.slice(-4000);
  });
  const late = new EngineError('internal', `The server to rehearse on did not listen within ${START_MS_MAX / 1000} s`);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late), START_MS_MAX);
    child.stdout!.on('data', (chunk: Buffer) => {
      out += chunk;
      if (!out.trimEnd().endsWith('}')) return;
      clearTimeout(timer);
      resolve(JSON.parse(out) as { url: string });
    });
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new EngineError('internal', `The server to rehearse on ended with ${code}: ${err.trim()}`));
    });
  });
}
