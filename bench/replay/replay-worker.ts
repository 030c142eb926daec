/** One thread of the replay: tasks in, tallies out. */
import { parentPort } from 'node:worker_threads';
import { detectSchema } from '../../ops/detect/index.ts';
import { type ReplayOutcome, type ReplayTask, replay } from './replay.ts';

export type FromWorker = { readonly kind: 'day' } | { readonly kind: 'done'; readonly outcome: ReplayOutcome };

const port = parentPort!;
const settings = detectSchema.parse({});

port.on('message', (task: ReplayTask) => {
  const tell = (message: FromWorker): void => port.postMessage(message);
  const outcome = replay(task, settings, () => tell({ kind: 'day' }));
  tell({ kind: 'done', outcome });
});
