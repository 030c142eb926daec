/** From the acknowledgement of a change to the first search that finds it. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { percentile } from '../harness/index.ts';
import type { Benched } from './open.ts';

export interface WriteRate {
  readonly perSecond: number;
  readonly writes: number;
}

export interface Visibility extends WriteRate {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Until it was durable. */
  readonly acknowledgedP50Ms: number;
}

export async function measureVisibility(benched: Benched, { perSecond, writes }: WriteRate): Promise<Visibility> {
  // The first change opens the model of the thread that prepares: that is no part of what each change costs.
  await write(benched, 'first', `first${perSecond}x`);
  const begun = performance.now();
  const measured = Array.from({ length: writes }, async (_, at) => {
    await pause((at * 1000) / perSecond - (performance.now() - begun));
    return write(benched, `v${perSecond}-${at}`, `unheard${perSecond}x${at}x`);
  });
  const all = await Promise.all(measured);
  const visible = all.map(({ visibleMs }) => visibleMs).sort((a, b) => a - b);
  const acknowledged = all.map(({ acknowledgedMs }) => acknowledgedMs).sort((a, b) => a - b);
  return {
    ...{ perSecond, writes },
    p50Ms: percentile(visible, 0.5),
    p99Ms: percentile(visible, 0.99),
    maxMs: visible.at(-1)!,
    acknowledgedP50Ms: percentile(acknowledged, 0.5),
  };
}

async function write(
  { live, postOf, find }: Benched,
  id: string,
  word: string,
): Promise<{ acknowledgedMs: number; visibleMs: number }> {
  const askedMs = performance.now();
  const outcome = await live.apply({ kind: 'put', document: postOf(id, word), ifVersion: null, key: null });
  if (outcome.kind !== 'created' && outcome.kind !== 'updated') throw new Error(JSON.stringify(outcome));
  const durableMs = performance.now();
  // Whoever asked all the time would measure what that costs.
  await live.visible(outcome.version);
  assert.equal((await find(word, 'bm25')).hits[0]?.postId, id);
  return { acknowledgedMs: durableMs - askedMs, visibleMs: performance.now() - durableMs };
}
