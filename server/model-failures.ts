/** Do models fail while queries are answered without them? The error log says so, a line every ten seconds however many they are. */
import type { Degradation } from '../engine/types.ts';
import type { ErrorEntry } from '../ops/index.ts';

const TOLD: Readonly<Partial<Record<Degradation, string>>> = {
  rerank_failed: 'The reranker failed: answers are ordered without it',
  dense_failed: 'The embedder failed: answers come from words alone',
};
const EVERY_MS = 10_000;

/** @param now milliseconds of a clock that never jumps, and of the calendar */
export function modelFailures(
  write: (entry: ErrorEntry) => void,
  now: () => { readonly steadyMs: number; readonly timeMs: number },
): (degraded: readonly Degradation[], requestId: string) => void {
  const untold = new Map<Degradation, { count: number; toldMs: number }>();
  return (degraded, requestId) => {
    for (const why of degraded) {
      const said = TOLD[why];
      if (said === undefined) continue;
      const { steadyMs, timeMs } = now();
      const last = untold.get(why) ?? { count: 0, toldMs: Number.NEGATIVE_INFINITY };
      last.count += 1;
      untold.set(why, last);
      if (steadyMs - last.toldMs < EVERY_MS) continue;
      const detail = `${said}; queries since the last such line: ${last.count}`;
      write({ timeMs, requestId, endpoint: '/search', code: 'model_failed', detail });
      untold.set(why, { count: 0, toldMs: steadyMs });
    }
  };
}
