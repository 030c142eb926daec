/** Runs the command line as a process of its own. */
import { spawn } from 'node:child_process';
import { packageRoot } from '../../engine/package-root.ts';
import { cliPath } from './server.ts';

export interface CliRun {
  /** Exit code; null where a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function runCli(
  words: readonly string[],
  {
    environment = {},
    input = '',
    cwd = packageRoot,
  }: { environment?: Record<string, string>; input?: string; cwd?: string } = {},
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
