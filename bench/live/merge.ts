/** What does a merge cost those who ask meanwhile, and how much memory does it take? Open loop, latency from when each was due. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Operation } from '../../engine/changes/index.ts';
import { percentile } from '../harness/index.ts';
import type { Benched } from './open.ts';

export interface MergePlan {
  readonly merges: number;
  /** Changed for each. */
  readonly documents: number;
  /** Queries. */
  readonly perSecond: number;
  readonly beforeSeconds: number;
}

export interface Asked {
  readonly sent: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface Merged {
  /** With the changes in the answers, and no merge. */
  readonly before: Asked;
  readonly during: Asked;
  readonly tookMs: number;
  /** Most that its process had resident. */
  readonly mergerBytesMax: number;
  /** Most that the serving process had: before it, and while it ran. */
  readonly serverBytes: { readonly before: number; readonly during: number };
}

export interface MeasuredMerges extends MergePlan {
  readonly all: readonly Merged[];
}

export async function measureMerges(benched: Benched, plan: MergePlan): Promise<MeasuredMerges> {
  const all: Merged[] = [];
  for (let round = 0; round < plan.merges; round++) {
    const operations = Array.from({ length: plan.documents }, (_, at): Operation => {
      const document = benched.postOf(`merged${round}-${at}`, `merged${round}x${at}x`);
      return { kind: 'put', document, ifVersion: null, key: null };
    });
    const outcomes = await benched.live.applyAll(operations);
    const last = outcomes.at(-1)!;
    if (last.kind !== 'created') throw new Error(JSON.stringify(last));
    await benched.live.visible(last.version);
    all.push(await measureMerge(benched, plan));
  }
  return { ...plan, all };
}

async function measureMerge(benched: Benched, plan: MergePlan): Promise<Merged> {
  const { merging } = benched;
  const before = await ask(benched, plan.perSecond, pause(plan.beforeSeconds * 1000));
  const rssBefore = process.memoryUsage.rss();
  let rssDuring = rssBefore;
  const looks = setInterval(() => {
    rssDuring = Math.max(rssDuring, process.memoryUsage.rss());
  }, 50);
  const merges = merging.counted.done;
  const during = await ask(benched, plan.perSecond, merging.now());
  clearInterval(looks);
  if (merging.last === null || merging.counted.done === merges)
    throw new Error(`The merge failed: ${merging.failed?.detail}`);
  const { tookMs, bytesMax } = merging.last;
  return {
    ...{ before, during, tookMs },
    mergerBytesMax: bytesMax,
    serverBytes: { before: rssBefore, during: rssDuring },
  };
}

/** Queries come when they are due until `end`. */
async function ask({ find, queries }: Benched, perSecond: number, end: Promise<unknown>): Promise<Asked> {
  const begun = performance.now();
  const waits: Promise<number | null>[] = [];
  let ended = false;
  void end.then(() => {
    ended = true;
  });
  while (!ended) {
    const dueMs = begun + (waits.length * 1000) / perSecond;
    await pause(Math.max(0, dueMs - performance.now()));
    const query = queries[waits.length % queries.length]!;
    waits.push(
      find(`${query} ${waits.length}`, 'hybrid').then(
        () => performance.now() - dueMs,
        () => null,
      ),
    );
  }
  const all = await Promise.all(waits);
  const answered = all.filter((ms) => ms !== null).sort((a, b) => a - b);
  return {
    sent: all.length,
    failed: all.length - answered.length,
    p50Ms: percentile(answered, 0.5),
    p99Ms: percentile(answered, 0.99),
    maxMs: answered.at(-1) ?? Number.NaN,
  };
}
