/** Lines of ab_metrics.jsonl as tests need them. */
import type { ClickLine, SearchLine } from '../../../ops/ab/index.ts';

export const START_MS = Date.UTC(2026, 10, 28, 12);

export const searchLine = (atMs: number, more: Partial<SearchLine> = {}): SearchLine => ({
  time: new Date(atMs).toISOString(),
  kind: 'search',
  requestId: 'r1',
  arms: [{ experiment: 'e', run: 'one', arm: 'canary', reason: 'split', comparable: true }],
  outcome: 'answered',
  latencyMs: 12,
  rerankAsked: true,
  rerankEffective: 'done',
  cache: 'miss',
  degraded: [],
  results: 3,
  resultHash: '0123456789abcdef',
  queryHash: 'q',
  identityHash: '',
  offset: 0,
  shown: ['1#0', '2#0', '3#0'],
  ...more,
});

export const clickLine = (atMs: number, requestId: string, position: number): ClickLine => ({
  time: new Date(atMs).toISOString(),
  kind: 'click',
  requestId,
  id: `${position}#0`,
  position,
});
