/** A thread with nothing but both models: opens their sessions, then runs what it is told to, then waits. */
import { parentPort, workerData } from 'node:worker_threads';
import { openRawModel } from '../limits/index.ts';
import type { BareSetup } from './bare-host.ts';

const { modelsDirectory, embedder: embedderName, reranker: rerankerName } = workerData as BareSetup;
const embedder = await openRawModel(modelsDirectory, embedderName);
const reranker = await openRawModel(modelsDirectory, rerankerName);
parentPort!.on('message', async ({ queries, pairs }: BareSetup) => {
  for (const query of queries) await embedder.run(embedder.prepare(query));
  for (const pair of pairs) await reranker.run(reranker.prepare(pair));
  parentPort!.postMessage('ran');
});
parentPort!.postMessage('opened');
