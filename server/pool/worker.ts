/**
 * A worker thread: opens its models once and a generation when it is told to, then answers batches with values.
 */
import { once } from 'node:events';
import { threadId } from 'node:worker_threads';
import { workerData } from 'piscina';
import { type ArmsState, type Engine, type Engines, openEngines, type SharedGeneration } from '../../engine/index.ts';
import type { WorkerOutcome } from '../../engine/types.ts';
import { StageRecorder } from '../../ops/metrics/index.ts';
import { collectGarbage } from './collect-garbage.ts';
import type { ApplyTask, ModelsReport, OpenTask, SearchTask, WorkerSetup } from './engine-thread.ts';

const { config, slots, stages, running } = workerData as WorkerSetup;

/** Takes a scratch area of its own; the pool gives back those of workers that are gone. */
function claimSlot(): number {
  for (let slot = 0; slot < slots.length; slot++) {
    if (Atomics.compareExchange(slots, slot, 0, threadId) === 0) return slot;
  }
  throw new Error(`All ${slots.length} scratch areas are taken`);
}

let engines: Engines | null = null;
let recorder: StageRecorder | null = null;
const open = new Map<string, Engine>();

function enginesOfThread(): Engines {
  if (engines !== null) return engines;
  const slot = claimSlot();
  const buffer = stages[slot];
  if (buffer !== undefined) recorder = new StageRecorder(buffer);
  engines = openEngines({ config, slot, running });
  return engines;
}

/** Takes a generation from its keeper. */
async function openGeneration({ generation, role, port }: OpenTask): Promise<ModelsReport> {
  const left = new AbortController();
  const closed = once(port, 'close', { signal: left.signal }).then(() => {
    throw new Error(`Nobody keeps ${generation} any more`);
  });
  try {
    const [shared] = (await Promise.race([once(port, 'message'), closed])) as [SharedGeneration];
    const engine = await enginesOfThread().open(shared, role);
    open.set(generation, engine);
    return engine.models;
  } finally {
    left.abort();
    closed.catch(() => {});
    port.close();
  }
}

/** One outcome a request, in order. */
export async function search({ generation, requests, stops }: SearchTask): Promise<WorkerOutcome[]> {
  const engine = open.get(generation);
  if (engine === undefined) throw new Error(`Not open in this thread: ${generation}`);
  const outcomes: WorkerOutcome[] = [];
  for (const request of requests) {
    const startMs = performance.now();
    const outcome = await engine.ask(request, stops);
    if (outcome.kind !== 'unscored' && outcome.kind !== 'stopped')
      recorder?.record(performance.now() - startMs, outcome.kind === 'ok' ? outcome.result.timings : null);
    outcomes.push(outcome);
  }
  return outcomes;
}

/** What queries may name from now on. */
export function arm(state: ArmsState): Promise<void> {
  return enginesOfThread().arm(state);
}

/** What changed is in the answers from now on. */
export function apply({ generation, changes }: ApplyTask): void {
  const engine = open.get(generation);
  if (engine === undefined) throw new Error(`Not open in this thread: ${generation}`);
  engine.apply(changes);
}

/** Closes what is open of it, and forgets it. */
export async function letGo(generation: string): Promise<void> {
  await close(generation);
  collectGarbage();
}

/** A function of its own: nothing of the engine may be left on the stack. */
async function close(generation: string): Promise<void> {
  const engine = open.get(generation);
  open.delete(generation);
  await engine?.close();
}

/** The name that the pool asks by. */
export { openGeneration as open };
