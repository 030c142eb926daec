/** The thread that writes a journal: it waits for the disk so that nobody else has to. */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { EngineError } from '../errors.ts';
import { machineDisk } from '../store/disk/index.ts';
import { SALT_BYTES } from './format.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { FromWriter, ToWriter, WriterStart } from './writer-messages.ts';

const { settings, position } = workerData as WriterStart;
const segments = new SegmentWriter(machineDisk, settings, position, () => randomBytes(SALT_BYTES));
const port = parentPort!;

port.on('message', (message: ToWriter) => {
  const answer = answerTo(message);
  port.postMessage(answer);
  if (message.kind === 'close') port.close();
});

function answerTo(message: ToWriter): FromWriter {
  try {
    act(message);
    return { kind: 'done', size: segments.size };
  } catch (error) {
    // Anything else is a fault of ours, and the end of this thread.
    if (!(error instanceof EngineError)) throw error;
    return { kind: 'refused', code: error.code, detail: error.message, place: error.place };
  }
}

function act(message: ToWriter): void {
  if (message.kind === 'append') {
    const { buffer, byteOffset, length } = message.frame;
    segments.append(Buffer.from(buffer, byteOffset, length));
  } else if (message.kind === 'rotate') segments.rotate();
  else if (message.kind === 'remove') segments.remove(message.upTo);
  else segments.close();
}
