/** A real server process on a free port, over an index of the sample site that is built once a test run. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { afterwards } from './afterwards.ts';

export const cliPath = join(packageRoot, 'dist/program/wp-chat.js');

export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Folder of this process's own log files; gone when it is. */
  readonly logs: string;
  /** What it has written to standard error. */
  readonly said: () => string;
  /** Its exit code; null where a signal ended it. */
  readonly exited: Promise<number | null>;
  /** SIGTERM, then waits for the exit; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface ServerOptions {
  readonly index?: string;
  readonly set?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** What is answered must not depend on how busy the machine is that tests: those of overload turn it on. */
const PRESET = ['server.port=0', 'server.overload.enabled=false', 'server.deadlineMs=120000'];

/** Starts `wp-chat serve` and waits until it says where it listens. Ends with the file of tests, whatever happens to them. */
export function startServer({
  index = sampleIndex(),
  set = [],
  environment = {},
}: ServerOptions = {}): Promise<ServerProcess> {
  const logs = mkdtempSync(join(tmpdir(), 'wp-chat-logs-'));
  const settings = [
    ...PRESET,
    `index.directory=${index}`,
    `logs.directory=${logs}`,
    `canary.directory=${join(logs, 'canary')}`,
    `incidents.notify.directory=${join(logs, 'notify')}`,
    ...set,
  ];
  const child = spawn(
    process.execPath,
    [cliPath, 'serve', '--json', ...settings.flatMap((setting) => ['--set', setting])],
    {
      cwd: packageRoot,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  afterwards(async () => {
    kill();
    await exited;
  });
  void exited.then(() => {
    process.off('exit', kill);
    rmSync(logs, { recursive: true, force: true });
  });
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      err += chunk;
    });
    child.stdout!.on('data', (chunk: Buffer) => {
      out += chunk;
      if (!out.trimEnd().endsWith('}')) return;
      const { url, port } = JSON.parse(out) as { url: string; port: number };
      const stop = (): Promise<number | null> => {
        child.kill('SIGTERM');
        return exited;
      };
      resolve({ url, port, child, logs, said: () => err, exited, stop });
    });
    void exited.then((code) => reject(new Error(`The server ended with ${code}: ${err}${out}`)));
  });
}

/** The bundled sample site, served. */
export const startSampleServer = (options: Omit<ServerOptions, 'index'> = {}): Promise<ServerProcess> =>
  startServer(options);

const LOCK_TRIES = 1200;
const LOCK_PAUSE_MS = 100;

/** What test processes share: named by the process that runs them, and told to those that they start themselves. */
function sharedHome(): string {
  process.env['TESTS_SHARED_HOME'] ??= join(tmpdir(), `wp-chat-test-${process.ppid}`);
  return process.env['TESTS_SHARED_HOME'];
}

/** Where the sample site's index is; built the first time, while other test processes wait for it. Tests that harm it take a copy. */
export function sampleIndex(): string {
  const home = sharedHome();
  const folder = join(home, 'sample-index');
  const lock = join(home, 'sample-index.lock');
  mkdirSync(home, { recursive: true });
  for (let tries = 0; !existsSync(folder); tries++) {
    if (!takes(lock)) {
      if (tries === LOCK_TRIES) throw new Error(`Another test process did not finish the sample index: ${lock}`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS);
      continue;
    }
    try {
      const draft = `${folder}.${process.pid}`;
      if (!existsSync(folder)) {
        buildIndex(join(packageRoot, 'data/sample/posts.jsonl'), draft);
        renameSync(draft, folder);
      }
    } finally {
      rmdirSync(lock);
    }
  }
  return folder;
}

/** What is no part of an index, but of the processes that serve it. */
const OF_PROCESSES = new Set(['leases', 'journal']);

/** One that may be changed. @returns where it is: `into` */
export function copySampleIndex(into: string): string {
  const filter = (path: string): boolean => !OF_PROCESSES.has(basename(path));
  cpSync(sampleIndex(), into, { recursive: true, filter });
  return into;
}

/** Whether this process holds the lock from now on: only one can make the folder. */
function takes(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}

/** Runs `wp-chat index`; throws with what it said when it fails. */
export function buildIndex(from: string, into: string, set: readonly string[] = []): void {
  const run = spawnSync(
    process.execPath,
    [cliPath, 'index', '--json', '--from', from, '--into', into, ...set.flatMap((setting) => ['--set', setting])],
    {
      cwd: packageRoot,
      encoding: 'utf8',
    },
  );
  if (run.status !== 0) throw new Error(`wp-chat index ended with ${run.status}: ${run.stderr}`);
}
