/** How does it go now? What actions compare before and after, asked of the running process and never assumed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../engine/clock.ts';
import type { SearchOutcome, SearchRequest } from '../../engine/types.ts';
import { groupsOf, type Judge, recentIntervals } from '../../ops/index.ts';
import type { Batcher } from '../batcher.ts';
import type { Experiments } from '../canary/index.ts';
import type { Config } from '../config/index.ts';
import { searchSchema, validateSearch } from '../wire/index.ts';

export interface Measures {
  /**
   * A real query that has never been asked, past the cache: with what its asker is given of experiments, or as configured.
   * Never rejects.
   */
  ask(as: 'anybody' | 'configured', rerank: boolean): Promise<SearchOutcome>;
  /** Such a query, for who asks it himself. */
  request(as: 'anybody' | 'configured', rerank: boolean): SearchRequest;
  /** 95th percentile of the searches answered in the last seconds; null where none was. */
  p95Ms(lastS: number): number | null;
  /** Share of look-ups that the cache answered in the last minute; null without look-ups. */
  hitPercent(): number | null;
  /** Look-ups of the last second. */
  lookupsPerSecond(): number;
  /** Resolves earlier where the signal says so. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export interface MeasuresParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly batcher: Pick<Batcher, 'submit'>;
  readonly experiments: Pick<Experiments, 'seat'>;
  readonly judge: () => Judge;
  readonly wait?: Measures['wait'];
}

const systemWait: Measures['wait'] = async (ms, signal) => {
  await sleep(ms, null, { signal }).catch(() => {});
};

/** Common enough to find something, and English enough for models. */
const WORDS = 'how to search the site for news and the post about it';
const DEADLINE_MS = 8000;

export function openMeasures(parts: MeasuresParts): Measures {
  const { config, clock, batcher, experiments, judge, wait = systemWait } = parts;
  const schema = searchSchema(config);
  let serial = 0;
  const request: Measures['request'] = (as, rerank) => {
    serial += 1;
    const query = `${WORDS} ${clock.wallMs().toString(36)} ${serial}`;
    const validated = validateSearch(schema, { query, rerank, topk: 1 }, clock.wallMs() + DEADLINE_MS);
    if (!validated.ok) throw new Error(`The query of probes is not one: ${JSON.stringify(validated.faults)}`);
    const { variants } = as === 'anybody' ? experiments.seat(null).given : { variants: [] };
    return { ...validated.value, variants };
  };
  return {
    request,
    ask: (as, rerank) => batcher.submit(request(as, rerank), 'high'),
    p95Ms: (lastS) => {
      const { history, timeMs } = windowOf(judge());
      const intervals = recentIntervals(history, timeMs - lastS * 1000, timeMs);
      return groupsOf(intervals, () => '').get('')?.latency?.p95Ms ?? null;
    },
    hitPercent: () => judge().snapshot.cache.hitPercent,
    lookupsPerSecond: () => judge().snapshot.cache.lookupsPerSecond,
    wait,
  };
}

const windowOf = (judge: Judge): { history: Judge['history']; timeMs: number } => ({
  history: judge.history,
  timeMs: judge.timeMs(),
});
