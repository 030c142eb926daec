/** What do several processes tell each other of their caches? That all is to be forgotten, and whether it is used. */
import type { AnswerCache } from './answer-cache.ts';

export type CacheNotice =
  | { readonly kind: 'cleared' }
  | { readonly kind: 'enabled' }
  /** From when it was said; null until it is enabled. */
  | { readonly kind: 'disabled'; readonly forMs: number | null };

export type AnnounceCache = (notice: CacheNotice) => void;

/** What of a cache decides whether it takes over what was announced before it was opened; milliseconds since the epoch. */
export interface CacheAge {
  readonly openedMs: number;
  /** Of the answers that were taken back from the disk; null where there were none. */
  readonly oldestMs: number | null;
}

/**
 * What another process announced at `saidMs`. What was announced before this cache was opened counts as far as it still matters: that
 * it is off, and that answers from before a clearing are to go. Whether it is on was said by its own settings.
 */
export function adoptCacheNotice(
  cache: AnswerCache,
  notice: CacheNotice,
  saidMs: number,
  nowMs: number,
  { openedMs, oldestMs }: CacheAge,
): void {
  const before = saidMs < openedMs;
  if (notice.kind === 'cleared') {
    if (!before || (oldestMs !== null && oldestMs <= saidMs)) cache.clear();
  } else if (notice.kind === 'enabled') {
    if (!before) cache.power.turnOn();
  } else if (notice.forMs === null) cache.power.turnOff(null);
  else if (saidMs + notice.forMs > nowMs) cache.power.turnOff(saidMs + notice.forMs - nowMs);
}
