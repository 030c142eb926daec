/** How does it go? Requests, objectives, cache, limits and arms, as JSON. */
import { endpointMetrics, recentIntervals } from '../../ops/index.ts';
import { cacheStats } from '../cache/index.ts';
import type { HttpAnswer } from '../http.ts';
import { json } from './json.ts';
import type { StatsParts } from './parts.ts';

/** Percentiles are those of the last hour. */
const WINDOW_S = 3600;

/** Counts are of this moment, percentiles of what the steps have taken in: at most a second less. */
export function metrics({ judge, batcher, pool, startedAtMs, errorLinesLost }: StatsParts): HttpAnswer {
  const nowMs = judge.timeMs();
  return json({
    since: new Date(startedAtMs).toISOString(),
    windowSeconds: WINDOW_S,
    endpoints: endpointMetrics(
      judge.recorder.outcomes(),
      recentIntervals(judge.history, nowMs - WINDOW_S * 1000, nowMs),
    ),
    events: Object.fromEntries(judge.recorder.events),
    queriesWaiting: batcher.waiting,
    workersBusy: batcher.busy,
    workersLost: pool.lost,
    errorLinesLost: errorLinesLost(),
    lost: judge.snapshot.lost,
  });
}

export function slo({ judge }: StatsParts): HttpAnswer {
  const { timeMs, objectives, detectors } = judge.snapshot;
  return json({ time: new Date(timeMs).toISOString(), objectives, detectors });
}

export function cache({ judge, cache: answers }: StatsParts): HttpAnswer {
  const { timeMs, cache: now } = judge.snapshot;
  return json({ time: new Date(timeMs).toISOString(), ...now, ...cacheStats(answers, judge) });
}

/** @param inForce what the limiter says of itself */
export function rateLimit({ judge, store, connections }: StatsParts, inForce: object): HttpAnswer {
  const { timeMs, limits, perSecond } = judge.snapshot;
  const requestsPerSecond = Object.values(perSecond).reduce((sum, rate) => sum + rate, 0);
  return json({
    time: new Date(timeMs).toISOString(),
    requestsPerSecond,
    ...limits,
    ...inForce,
    shared: store.status(),
    connections: connections.status(),
  });
}
