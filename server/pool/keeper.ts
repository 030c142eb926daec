/**
 * Who holds a generation's memory? A thread of its own, which loaded it.
 *
 * Memory that threads share is only given back when the last thread that knows of it has collected it as garbage, and nothing
 * makes the collector hurry: shared memory does not count as the heap's. The main thread, where a collection would keep every
 * request waiting, therefore never knows it: whoever opens a generation gets it from its keeper, and the end of that thread is
 * the end of what it held. It also reads and checks the files, which takes seconds where an index is large.
 */
import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { EngineConfig } from '../../engine/config.ts';
import { EngineError, type ErrorCode, type ErrorPlace } from '../../engine/errors.ts';
import type { Manifest } from '../../engine/store/index.ts';

export interface KeeperSetup {
  readonly config: EngineConfig;
  /** Null for the one that CURRENT names. */
  readonly generation: string | null;
  readonly workersMax: number;
}

export type Loaded =
  | { readonly ok: true; readonly manifest: Manifest; readonly seal: string; readonly sharedBytes: number }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: string; readonly place: ErrorPlace };

/** A generation in memory. */
export interface Kept {
  readonly manifest: Manifest;
  /** By which CURRENT names it. */
  readonly seal: string;
  /** What all workers share. */
  readonly sharedBytes: number;
  /** Comes with the generation as its one message; closes without one where it was let go. */
  give(): MessagePort;
  /** Of who has it open, each still has to let go. */
  release(): Promise<void>;
}

/** @throws EngineError index_missing | index_foreign | index_damaged | memory_short */
export async function openKeeper(setup: KeeperSetup): Promise<Kept> {
  const thread = new Worker(new URL('./keeper-worker.js', import.meta.url), { workerData: setup });
  const [loaded] = (await once(thread, 'message')) as [Loaded];
  if (!loaded.ok) {
    await thread.terminate();
    throw new EngineError(loaded.code, loaded.detail, loaded.place);
  }
  thread.unref();
  // It does nothing more that could fail. Were it gone all the same, whoever asks it finds his port closed.
  thread.on('error', () => {});
  return {
    manifest: loaded.manifest,
    seal: loaded.seal,
    sharedBytes: loaded.sharedBytes,
    give: () => {
      const { port1, port2 } = new MessageChannel();
      thread.postMessage(port1, [port1]);
      return port2;
    },
    release: async () => {
      await thread.terminate();
    },
  };
}
