/** Models that fail beside queries that are answered are in the error log, and do not fill it. */
import { expect, it } from 'vitest';
import type { ErrorEntry } from '../../ops/index.ts';
import { modelFailures } from '../../server/model-failures.ts';

it('each kind has a line at once, and then one every ten seconds with how many there were', () => {
  const lines: ErrorEntry[] = [];
  const time = { ms: 0 };
  const note = modelFailures(
    (entry) => void lines.push(entry),
    () => ({ steadyMs: time.ms, timeMs: 1_000_000 - time.ms }),
  );
  note(['rerank_off', 'rerank_unavailable'], 'a');
  for (let second = 0; second < 12; second++) {
    time.ms = second * 1000;
    note(['rerank_failed'], `r${second}`);
  }
  note(['dense_failed'], 'd');
  expect(lines.map(({ requestId, code, detail }) => [requestId, code, detail])).toEqual([
    ['r0', 'model_failed', 'The reranker failed: answers are ordered without it; queries since the last such line: 1'],
    [
      'r10',
      'model_failed',
      'The reranker failed: answers are ordered without it; queries since the last such line: 10',
    ],
    ['d', 'model_failed', 'The embedder failed: answers come from words alone; queries since the last such line: 1'],
  ]);
});
