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
  /** Of an arm: answers beside the one that serves. */
  readonly role?: Kept['role'];
}

export type Loaded =
  | { readonly ok: true; readonly manifest: Manifest; readonly seal: string; readonly sharedBytes: number }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: string; readonly place: ErrorPlace };

/** What a keeper is asked. */
export type KeeperTask =
  | { readonly kind: 'give'; readonly port: MessagePort }
  | { readonly kind: 'look'; readonly serial: number; readonly id: string; readonly whole: boolean };

/** What it found of a document: its version, and JSON of the whole where that was asked for; null where there is none. */
export type Found = { readonly version: number; readonly document: Uint8Array | null } | null;

export type Looked = { readonly serial: number } & (
  | { readonly found: Found }
  | { readonly code: ErrorCode; readonly detail: string; readonly place: ErrorPlace }
);

/** A generation in memory. */
export interface Kept {
  readonly manifest: Manifest;
  readonly role: 'serving' | 'arm';
  /** By which CURRENT names it. */
  readonly seal: string;
  /** What all workers share. */
  readonly sharedBytes: number;
  /** Comes with the generation as its one message; closes without one where it was let go. */
  give(): MessagePort;
  /** A document as the generation has it. Rejects with {@link KeeperGone} where it was let go. @throws EngineError index_damaged */
  look(id: string, whole: boolean): Promise<Found>;
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
  const { look, looked, gone } = lookingIn(thread);
  thread.on('message', looked);
  thread.on('exit', gone);
  // After the listeners: to listen for messages is a reason to live.
  thread.unref();
  // It does nothing more that could fail. Were it gone all the same, whoever asks it finds his port closed.
  thread.on('error', () => {});
  return {
    manifest: loaded.manifest,
    role: setup.role ?? 'serving',
    seal: loaded.seal,
    sharedBytes: loaded.sharedBytes,
    give: () => {
      const { port1, port2 } = new MessageChannel();
      const task: KeeperTask = { kind: 'give', port: port1 };
      thread.postMessage(task, [port1]);
      return port2;
    },
    look,
    release: async () => {
      await thread.terminate();
    },
  };
}

/** Nobody keeps the generation any more: another serves. */
export class KeeperGone extends Error {}

function lookingIn(thread: Worker): {
  readonly look: Kept['look'];
  readonly looked: (message: Looked) => void;
  readonly gone: () => void;
} {
  const waiting = new Map<number, { resolve: (found: Found) => void; reject: (error: Error) => void }>();
  let serial = 0;
  let isGone = false;
  return {
    look: (id, whole) =>
      new Promise((resolve, reject) => {
        if (isGone) {
          reject(new KeeperGone());
          return;
        }
        const task: KeeperTask = { kind: 'look', serial: serial++, id, whole };
        waiting.set(task.serial, { resolve, reject });
        thread.postMessage(task);
      }),
    looked: (message) => {
      const asked = waiting.get(message.serial);
      waiting.delete(message.serial);
      if ('found' in message) asked?.resolve(message.found);
      else asked?.reject(new EngineError(message.code, message.detail, message.place));
    },
    gone: () => {
      isGone = true;
      for (const { reject } of waiting.values()) reject(new KeeperGone());
      waiting.clear();
    },
  };
}
