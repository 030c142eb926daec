/**
 * A worker thread: opens the engine once, then answers batches with values.
 */
import { threadId } from 'node:worker_threads';
import { workerData } from 'piscina';
import { type Engine, openEngine } from '../../engine/index.ts';
import type { SearchOutcome, SearchRequest } from '../../engine/types.ts';
import { StageRecorder } from '../../ops/metrics/index.ts';
import type { WorkerReport, WorkerSetup } from './engine-pool.ts';

const { config, shared, slots, stages } = workerData as WorkerSetup;

/** Takes a scratch area of its own; the pool gives back those of workers that are gone. */
function claimSlot(): number {
  for (let slot = 0; slot < slots.length; slot++) {
    if (Atomics.compareExchange(slots, slot, 0, threadId) === 0) return slot;
  }
  throw new Error(`All ${slots.length} scratch areas are taken`);
}

let slot = -1;
let recorder: StageRecorder | null = null;
let opening: Promise<Engine> | null = null;
function engine(): Promise<Engine> {
  if (slot < 0) {
    slot = claimSlot();
    const buffer = stages[slot];
    if (buffer !== undefined) recorder = new StageRecorder(buffer);
  }
  opening ??= openEngine({ config, shared, slot }).catch((error: unknown) => {
    // The next task tries again: a thread that failed once must not fail for ever.
    opening = null;
    throw error;
  });
  return opening;
}

/** One outcome a request, in order. */
export async function search(requests: readonly SearchRequest[]): Promise<SearchOutcome[]> {
  const { search: ask } = await engine();
  const outcomes: SearchOutcome[] = [];
  for (const request of requests) {
    const startMs = performance.now();
    const outcome = await ask(request);
    recorder?.record(performance.now() - startMs, outcome.kind === 'ok' ? outcome.result.timings : null);
    outcomes.push(outcome);
  }
  return outcomes;
}

/** Opens the engine and says in which state its models are. */
export async function report(): Promise<WorkerReport> {
  const { models } = await engine();
  return { threadId, models, rssBytes: process.memoryUsage.rss() };
}
