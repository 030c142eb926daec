/** A program from outside that attacks: run for a bounded time, and what it said. */
import { spawn, spawnSync } from 'node:child_process';

export interface Finding {
  readonly tool: string;
  readonly name: string;
  /** What is wrong; empty where nothing is. */
  readonly faults: readonly string[];
  /** What was seen, in a few words. */
  readonly seen: string;
}

/** The folder of Debian's programs is not on every path. */
export const isInstalled = (program: string): boolean => spawnSync('which', [program]).status === 0;

export interface Ran {
  readonly code: number | null;
  readonly out: string;
}

/** Runs it to its end, or ends it after `limitS`. */
export function run(program: string, args: readonly string[], limitS: number, cwd: string): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TERM: 'dumb' },
    });
    let out = '';
    const take = (chunk: Buffer): void => {
      out += chunk.toString('latin1');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const timer = setTimeout(() => child.kill('SIGKILL'), limitS * 1000);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, out });
    });
  });
}
