/** A client in a process of its own, so that what it costs is not in the server's numbers, nor in its event loop. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Load, LoadReport } from './load.ts';

export interface Client {
  /** One load at a time. */
  run(load: Load): Promise<LoadReport>;
  close(): void;
}

export function openClient(): Client {
  const child = fork(fileURLToPath(new URL('./client-process.js', import.meta.url)));
  return {
    run: (load) =>
      new Promise((resolve, reject) => {
        const lost = (code: number | null): void => reject(new Error(`The client ended with ${code}`));
        child.once('exit', lost);
        child.once('message', (message: { report: LoadReport } | { failure: string }) => {
          child.off('exit', lost);
          if ('report' in message) resolve(message.report);
          else reject(new Error(message.failure));
        });
        child.send(load);
      }),
    close: () => child.kill(),
  };
}
