/** What does a merge cost those who ask meanwhile, and how much memory does it take? Open loop, latency from when each was due. */
import { setTimeout as pause } from 'node:timers/promises';
import { percentile } from '../harness/index.ts';
import type { Benched } from './open.ts';

export interface MergePlan {
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

export interface MeasuredMerge extends MergePlan {
  /** With the changes in the answers, and no merge. */
  readonly before: Asked;
  readonly during: Asked;
  readonly tookMs: number;
  /** Most that its process had resident. */
  readonly mergerBytesMax: number;
  /** Most that the serving process had: before it, and while it ran. */
  readonly serverBytes: { readonly before: number; readonly during: number };
}

export async function measureMerge(benched: Benched, plan: MergePlan): Promise<MeasuredMerge> {
  const { live, merging, postOf } = benched;
  for (let at = 0; at < plan.documents; at++) {
    const document = postOf(`merged${at}`, `merged${at}x`);
    const outcome = await live.apply({ kind: 'put', document, ifVersion: null, key: null });
    if ('version' in outcome && outcome.version !== null) await live.visible(outcome.version);
  }
  const before = await ask(benched, plan.perSecond, pause(plan.beforeSeconds * 1000));
  const rssBefore = process.memoryUsage.rss();
  let rssDuring = rssBefore;
  const looks = setInterval(() => {
    rssDuring = Math.max(rssDuring, process.memoryUsage.rss());
  }, 50);
  const during = await ask(benched, plan.perSecond, merging.now());
  clearInterval(looks);
  if (merging.last === null) throw new Error(`The merge failed: ${merging.failed?.detail}`);
  const { tookMs, bytesMax } = merging.last;
  return {
    ...plan,
    before,
    during,
    tookMs,
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
