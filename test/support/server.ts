/** A real server process on a free port, over an index of the sample site that is built once a test run. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';

export const cliPath = join(packageRoot, 'dist/server/cli/main.js');

export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** SIGTERM, then waits for the exit; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface ServerOptions {
  readonly index?: string;
  readonly set?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts `wp-chat serve` and waits until it says where it listens. */
export function startServer({
  index = sampleIndex(),
  set = [],
  environment = {},
}: ServerOptions = {}): Promise<ServerProcess> {
  const settings = ['server.port=0', `index.directory=${index}`, `logs.directory=${join(index, 'logs')}`, ...set];
  const child = spawn(
    process.execPath,
    [cliPath, 'serve', '--json', ...settings.flatMap((setting) => ['--set', setting])],
    {
      cwd: packageRoot,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      err += chunk;
    });
    child.stdout!.on('data', (chunk: Buffer) => {
      out += chunk;
      if (!out.trimEnd().endsWith('}')) return;
      const { url } = JSON.parse(out) as { url: string };
      resolve({
        url,
        child,
        stop: () => {
          child.kill('SIGTERM');
          return exited;
        },
      });
    });
    void exited.then((code) => reject(new Error(`The server ended with ${code}: ${err}${out}`)));
  });
}

/** The bundled sample site, served. */
export const startSampleServer = (options: Omit<ServerOptions, 'index'> = {}): Promise<ServerProcess> =>
  startServer(options);

/** Where the sample site's index is; built the first time. Its name changes with the process that runs the tests. */
export function sampleIndex(): string {
  const folder = join(tmpdir(), `wp-chat-test-${process.ppid}`, 'sample-index');
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  buildIndex(join(packageRoot, 'data/sample/posts.jsonl'), draft);
  try {
    renameSync(draft, folder);
  } catch {
    // Another test process was first.
    rmSync(draft, { recursive: true });
  }
  return folder;
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
