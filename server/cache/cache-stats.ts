/** How does the cache do? Its share of hits over three windows, what it holds, and what it would not. */
import { groupsOf, type Judge, recentIntervals } from '../../ops/index.ts';
import type { AnswerCache } from './answer-cache.ts';

const WINDOWS_S = { '1m': 60, '10m': 600, '1h': 3600 } as const;

interface WindowStats {
  readonly lookups: number;
  /** Stale answers included. */
  readonly hits: number;
  readonly stale: number;
  /** Null without look-ups. */
  readonly hitPercent: number | null;
}

function windowOf({ history }: Pick<Judge, 'history'>, nowMs: number, lengthS: number): WindowStats {
  const uses = groupsOf(recentIntervals(history, nowMs - lengthS * 1000, nowMs), ({ cache }) => cache);
  const requests = (use: string): number => uses.get(use)?.requests ?? 0;
  const stale = requests('stale');
  const hits = requests('hit') + stale;
  const lookups = hits + requests('miss');
  return { lookups, hits, stale, hitPercent: lookups === 0 ? null : (100 * hits) / lookups };
}

export function cacheStats(cache: AnswerCache, judge: Judge): object {
  const nowMs = judge.timeMs();
  const { size, counted, power, spilled } = cache;
  const backInMs = power.backInMs;
  return {
    ...cacheState(cache),
    entriesMax: cache.settings.entriesMax,
    enabledAgainAt: backInMs === null ? null : new Date(nowMs + backInMs).toISOString(),
    windows: Object.fromEntries(
      Object.entries(WINDOWS_S).map(([name, lengthS]) => [name, windowOf(judge, nowMs, lengthS)]),
    ),
    evictions: size.evicted,
    admissionsRefused: size.refused,
    joined: counted.joined,
    refreshed: counted.refreshed,
    servedOnError: counted.servedOnError,
    errors: judge.recorder.events.get('cache_error') ?? 0,
    spill: spilled,
  };
}

/** What the judge asks of it at every step. */
export function cacheState({ power, size, settings }: AnswerCache): {
  enabled: boolean;
  entries: number;
  bytes: number;
  bytesMax: number;
} {
  return { enabled: power.isOn, entries: size.entries, bytes: size.bytes, bytesMax: settings.bytesMax };
}
