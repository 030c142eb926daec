import type { Sample } from '../../ops/sample.ts';

/** A good answer, but for what a test says. */
export const sampleOf = (rest: Partial<Sample> = {}): Sample => ({
  endpoint: '/search',
  outcome: 'answered',
  cache: 'none',
  rerank: 'none',
  arm: 'control',
  totalNs: 5e6,
  queueNs: null,
  degraded: [],
  empty: false,
  requestId: 'r',
  client: '192.0.2.1',
  ...rest,
});
