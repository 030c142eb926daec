/** A process of bare workers: how much memory do the models alone take, thread by thread? */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { memoryOf, type ProcessMemory } from '../harness/index.ts';
import type { ModelTokens } from '../limits/index.ts';

export interface BareSetup {
  readonly workers: number;
  readonly modelsDirectory: string;
  readonly embedder: string;
  readonly reranker: string;
  /** What each worker runs. */
  readonly queries: readonly ModelTokens[];
  readonly pairs: readonly ModelTokens[];
}

export interface BareMemory {
  /** With both sessions open in every worker. */
  readonly opened: ProcessMemory;
  /** After every worker ran every query and pair. */
  readonly ran: ProcessMemory;
}

export async function measureBareWorkers(setup: BareSetup): Promise<BareMemory> {
  const child = fork(fileURLToPath(new URL('./bare-process.js', import.meta.url)), { serialization: 'advanced' });
  const said = (expected: string): Promise<ProcessMemory> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`The bare process ended with ${code}`));
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        if (message === expected) resolve(memoryOf(child.pid!));
        else reject(new Error(`The bare process said ${String(message)}, expected ${expected}`));
      });
    });
  try {
    const opening = said('opened');
    child.send(setup);
    const opened = await opening;
    const running = said('ran');
    child.send('run');
    return { opened, ran: await running };
  } finally {
    child.kill();
  }
}
