/** The real server as a process of its own, on a free port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Launch } from './harness/index.ts';
import { cliPath, type SampleSite, settingFlags } from './sample-site.ts';

export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** SIGTERM, then waits for the exit. */
  stop(): Promise<void>;
}

/** Starts `wp-chat serve` over the site's index; resolves when it listens. */
export function startServer(launch: Launch, site: SampleSite, set: readonly string[]): Promise<ServerProcess> {
  const settings = [
    ...launch.set,
    'server.port=0',
    // The last of many connections waits for all others; an answer cut short would be less work.
    'server.deadlineMs=600000',
    // What is measured is the engine; a benchmark of the cache turns it on.
    'server.cache.enabled=false',
    // Nor may answers get simpler under load; a benchmark of that turns it on.
    'server.overload.enabled=false',
    // Nor may the runbook act on what a benchmark makes slow.
    'incidents.automatic.enabled=false',
    `incidents.notify.directory=${join(site.index, '../notify')}`,
    // What was stopped in the folder that it is run from is stopped there alone.
    `canary.directory=${join(site.index, '../canary')}`,
    `index.directory=${site.index}`,
    `logs.directory=${join(site.index, '../logs')}`,
    ...set,
  ];
  const flags = settingFlags({ ...launch, set: settings });
  return started(
    spawn(process.execPath, [cliPath, ...flags, 'serve', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
}

/** Waits for a child that prints `{"port": …}` once it listens. */
export function started(child: ChildProcess): Promise<ServerProcess> {
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const endWithParent = (): boolean => child.kill();
  process.once('exit', endWithParent);
  child.once('exit', () => process.off('exit', endWithParent));
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      err += chunk;
    });
    child.stdout!.on('data', (chunk: Buffer) => {
      out += chunk;
      if (!out.trimEnd().endsWith('}')) return;
      const { port } = JSON.parse(out) as { port: number };
      resolve({
        port,
        pid: child.pid!,
        stop: () => {
          child.kill('SIGTERM');
          return exited;
        },
      });
    });
    void exited.then(() => reject(new Error(`Ended before it listened: ${err}${out}`)));
  });
}
