/** Runs the command line. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { cliPath } from './server.ts';

export interface CliRun {
  /** Exit code; null where a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Surroundings {
  readonly environment?: Record<string, string>;
  readonly cwd?: string;
}

/** As a process of its own, which has to end by itself. */
export function runCli(
  words: readonly string[],
  { environment = {}, input = '', cwd = packageRoot }: Surroundings & { input?: string } = {},
): Promise<CliRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cliPath, ...words], { cwd, env: { ...process.env, ...environment } });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
    child.stdin.end(input);
  });
}

let host: ChildProcess | null = null;
const waiting: { answered(run: CliRun): void; lost(error: Error): void }[] = [];

/**
 * The same program in a process that is there already: most of the time of a short command goes into loading it. For what is said and which
 * code it is; what a process of its own is needed for (its end, signals, standard input, Node's own environment) is asked of `runCli`.
 */
export function askCli(
  words: readonly string[],
  { environment = {}, cwd = packageRoot }: Surroundings = {},
): Promise<CliRun> {
  host ??= startHost();
  host.send({ words, environment, cwd });
  return new Promise((answered, lost) => waiting.push({ answered, lost }));
}

/** Stays for the files of tests that this process runs next, and goes with it. */
function startHost(): ChildProcess {
  const child = fork(join(packageRoot, 'test/fixtures/server/cli-host.mjs'), {
    cwd: packageRoot,
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.on('message', (run: CliRun) => waiting.shift()!.answered(run));
  child.once('exit', (code) => {
    host = null;
    for (const { lost } of waiting.splice(0)) lost(new Error(`The process of the commands ended with ${code}`));
  });
  child.unref();
  child.channel?.unref();
  return child;
}
