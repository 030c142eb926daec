/** How good were the last minutes, in the two numbers that the runbook's table of severities is about? */
import { recentIntervals } from './endpoint-metrics.ts';
import { answeredOf, percentilesOf } from './groups.ts';
import type { IntervalSource } from './metrics/interval.ts';
import type { SparseCounts } from './metrics/sparse.ts';
import { trafficOf } from './observe.ts';
import type { Level } from './slo/index.ts';

const SPAN_MS = 5 * 60_000;
/** Of fewer requests one that fails would be a share of them that means nothing. */
const REQUESTS_MIN = 20;

/** Over the last five minutes; null where there was too little to say so. */
export function recentLevel(source: IntervalSource, nowMs: number): Level & { readonly requests: number } {
  let [requests, failed] = [0, 0];
  const answered: SparseCounts[] = [];
  for (const interval of recentIntervals(source, nowMs - SPAN_MS, nowMs)) {
    const traffic = trafficOf(interval, Number.MAX_SAFE_INTEGER);
    requests += traffic.valid;
    failed += traffic.failed;
    answered.push(...answeredOf(interval));
  }
  if (requests < REQUESTS_MIN) return { requests, successPercent: null, latencyMsP95: null };
  const successPercent = ((requests - failed) / requests) * 100;
  return { requests, successPercent, latencyMsP95: percentilesOf(answered)?.p95Ms ?? null };
}
