import { describe, expect, it } from 'vitest';
import { AnswerCache } from '../../../server/cache/answer-cache.ts';
import { adoptCacheNotice, type CacheAge, type CacheNotice } from '../../../server/cache/notices.ts';

const OPENED_MS = 1_000_000;
const clock = { nowUs: () => 0, wallMs: () => OPENED_MS };

/** What a cache does when it hears a notice that was said so long after it was opened. */
function heard(
  notice: CacheNotice,
  afterMs: number,
  { enabled = true, ...age }: Partial<CacheAge> & { enabled?: boolean } = {},
) {
  const cache = new AnswerCache({
    settings: {
      enabled,
      bytesMax: 1e6,
      entriesMax: 10,
      freshMs: 1000,
      staleMs: 0,
      staleOnErrorMs: 0,
      degradedMs: 0,
      changedMs: 0,
    },
    clock,
    seed: 1,
    deadlineMs: 1000,
    failed: () => {},
  });
  let cleared = 0;
  const clear = cache.clear.bind(cache);
  cache.clear = () => {
    cleared += 1;
    return clear();
  };
  const told = { openedMs: OPENED_MS, oldestMs: null, ...age };
  adoptCacheNotice(cache, notice, OPENED_MS + afterMs, OPENED_MS + 500, told);
  return { cleared, isOn: cache.power.isOn, backInMs: cache.power.backInMs };
}

describe('what another process says of the cache', () => {
  it('while this one is open, holds here', () => {
    expect(heard({ kind: 'cleared' }, 1).cleared).toBe(1);
    expect(heard({ kind: 'enabled' }, 1, { enabled: false }).isOn).toBe(true);
    expect(heard({ kind: 'disabled', forMs: null }, 1)).toMatchObject({ isOn: false, backInMs: null });
    expect(heard({ kind: 'disabled', forMs: 2000 }, 100)).toMatchObject({ isOn: false, backInMs: 1600 });
  });

  it('before this one was opened, holds where it still matters', () => {
    expect(heard({ kind: 'disabled', forMs: null }, -9000).isOn).toBe(false);
    expect(heard({ kind: 'disabled', forMs: 2000 }, -9000).isOn).toBe(true);
    expect(heard({ kind: 'enabled' }, -1, { enabled: false }).isOn).toBe(false);
  });

  it('clears answers that were taken back from the disk where one may be older, and else none', () => {
    expect(heard({ kind: 'cleared' }, -5000).cleared).toBe(0);
    expect(heard({ kind: 'cleared' }, -5000, { oldestMs: OPENED_MS - 4000 }).cleared).toBe(0);
    expect(heard({ kind: 'cleared' }, -5000, { oldestMs: OPENED_MS - 6000 }).cleared).toBe(1);
  });
});
