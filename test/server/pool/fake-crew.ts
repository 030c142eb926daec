/** Threads and generations that a test holds in its hands: each call waits until the test ends it. */
import { setImmediate as turn } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import type { Manifest } from '../../../engine/store/index.ts';
import type { SearchOutcome } from '../../../engine/types.ts';
import type { EngineThread, ModelsReport } from '../../../server/pool/engine-thread.ts';
import type { Kept } from '../../../server/pool/keeper.ts';

export const READY: ModelsReport = {
  embedder: { state: 'ready', name: 'e' },
  reranker: { state: 'ready', name: 'r' },
};

export interface FakeKept extends Kept {
  readonly released: () => boolean;
}

export function keptOf(generation: string, log: string[] = []): FakeKept {
  let released = false;
  return {
    manifest: { generation, files: {} } as Manifest,
    role: 'serving',
    seal: `seal of ${generation}`,
    sharedBytes: 1,
    give: () => new MessageChannel().port2,
    look: () => Promise.resolve(null),
    vectorsOf: () => Promise.resolve(new Map()),
    release: async () => {
      released = true;
      log.push(`${generation} released`);
    },
    released: () => released,
  };
}

interface Call {
  readonly what: string;
  end(error?: Error): Promise<void>;
}

export interface GatedThread {
  readonly thread: EngineThread;
  /** What it is on; null where nothing. */
  readonly on: () => string | null;
  readonly closed: () => boolean;
  /** Ends what it is on, and waits until everyone has heard. */
  end(error?: Error): Promise<void>;
}

/** A thread that is on one thing at a time; being asked more at once is a fault of who asks. */
export function gatedThread(models: ModelsReport = READY): GatedThread {
  let call: Call | null = null;
  let closed = false;
  const begin = <Result>(what: string, result: Result): Promise<Result> => {
    if (closed) throw new Error(`Asked for "${what}" though it is closed`);
    if (call !== null) throw new Error(`Asked for "${what}" while it is on "${call.what}"`);
    return new Promise((resolve, reject) => {
      call = {
        what,
        end: async (error) => {
          call = null;
          if (error === undefined) resolve(result);
          else reject(error);
          await turn();
        },
      };
    });
  };
  const outcomes: readonly SearchOutcome[] = [];
  return {
    thread: {
      search: ({ manifest }) => begin(`search ${manifest.generation}`, outcomes),
      open: ({ manifest }) => begin(`open ${manifest.generation}`, models),
      catchUp: ({ manifest }) => begin(`catch up over ${manifest.generation}`, false),
      arm: () => begin('arm', undefined),
      letGo: (generation) => begin(`let go of ${generation}`, undefined),
      close: async () => {
        if (call !== null) throw new Error(`Closed while it is on "${call.what}"`);
        closed = true;
      },
    },
    closed: () => closed,
    on: () => call?.what ?? null,
    end: async (error) => {
      if (call === null) throw new Error('It is on nothing');
      await call.end(error);
    },
  };
}
