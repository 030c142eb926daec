/** The process of the bare workers: starts them, lets them run, and says when all have. */
import { Worker } from 'node:worker_threads';
import type { BareSetup } from './bare-host.ts';

let threads: Worker[] = [];

async function start(setup: BareSetup): Promise<void> {
  const { workers, ...workerData } = setup;
  const script = new URL('./bare-worker.js', import.meta.url);
  threads = Array.from({ length: workers }, () => new Worker(script, { workerData }));
  await everyoneSays();
  process.send!('opened');
  process.once('message', () => void run(setup));
}

async function run(setup: BareSetup): Promise<void> {
  const done = everyoneSays();
  for (const thread of threads) thread.postMessage(setup);
  await done;
  process.send!('ran');
}

const everyoneSays = (): Promise<unknown> =>
  Promise.all(
    threads.map(
      (thread) =>
        new Promise((resolve, reject) => {
          thread.once('message', resolve);
          thread.once('error', reject);
        }),
    ),
  );

process.once('message', (setup: BareSetup) => void start(setup));
