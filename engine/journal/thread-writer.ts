/** Writes in a thread of its own, so that the caller's goes on while the disk works. */
import { Worker } from 'node:worker_threads';
import { EngineError } from '../errors.ts';
import type { JournalSize } from './segment-writer.ts';
import type { Writer } from './writer.ts';
import type { FromWriter, ToWriter, WriterStart } from './writer-messages.ts';

interface Waiting {
  readonly resolve: (size: JournalSize) => void;
  readonly reject: (error: unknown) => void;
}

/** @param program of the thread, where it is not the one beside this file */
export function threadWriter(start: WriterStart, program = new URL('./writer-thread.js', import.meta.url)): Writer {
  const worker = new Worker(program, { workerData: start, execArgv: [] });
  const waiting: Waiting[] = [];
  let lost: EngineError | null = null;
  const lose = (why: string): void => {
    lost ??= new EngineError('index_unwritable', `Cannot write the journal: its thread ended: ${why}`, {
      file: start.settings.folder,
      value: why,
      remedy: 'Start wp-chat again: what was acknowledged is on the disk',
    });
    for (const { reject } of waiting.splice(0)) reject(lost);
  };
  worker.on('message', (answer: FromWriter) => {
    const { resolve, reject } = waiting.shift()!;
    if (answer.kind === 'done') resolve(answer.size);
    else reject(new EngineError(answer.code, answer.detail, answer.place));
  });
  worker.on('error', (error) => lose(String(error)));
  worker.on('exit', (code) => lose(`exit code ${code}`));
  // An open journal is no reason for a process to live.
  worker.unref();
  const ask = (message: ToWriter, transfer: ArrayBuffer[] = []): Promise<JournalSize> =>
    new Promise((resolve, reject) => {
      if (lost !== null) {
        reject(lost);
        return;
      }
      waiting.push({ resolve, reject });
      worker.ref();
      worker.postMessage(message, transfer);
    }).finally(() => {
      if (waiting.length === 0) worker.unref();
    }) as Promise<JournalSize>;
  return {
    append: (frame) => ask({ kind: 'append', frame }, ownBuffer(frame)),
    rotate: () => ask({ kind: 'rotate' }),
    remove: (upTo) => ask({ kind: 'remove', upTo }),
    close: async () => {
      await ask({ kind: 'close' });
    },
  };
}

/** Small buffers are cut from one that others use too: those are copied. */
const ownBuffer = (frame: Buffer): ArrayBuffer[] =>
  frame.length === frame.buffer.byteLength ? [frame.buffer as ArrayBuffer] : [];
