import { describe, expect, it } from 'vitest';
import { ConcurrencyLimit } from '../../../server/overload/concurrency-limit.ts';

const settings = { limitMin: 4, limitMax: 1000, queueDelayTargetMs: 100 };

/** One worker that everybody waits for: whoever is inside waits for all the others. */
function crowd(serviceMs: number, seconds: number, limit = new ConcurrencyLimit(settings, 0), startMs = 0) {
  let nowMs = startMs;
  while (nowMs < startMs + seconds * 1000) {
    nowMs += serviceMs;
    limit.served(serviceMs, serviceMs * limit.limit, limit.limit, nowMs);
  }
  return { limit, nowMs };
}

describe('the limit', () => {
  it.each([0.3, 1, 5, 20])('of queries of %d ms settles where they wait about queueDelayTargetMs', (serviceMs) => {
    const { limit } = crowd(serviceMs, 30);
    const waitMs = serviceMs * limit.limit;
    expect(waitMs).toBeGreaterThan(60);
    expect(waitMs).toBeLessThan(250);
  });

  it('of slow queries is never below limitMin', () => {
    expect(crowd(500, 60).limit.limit).toBe(4);
    expect(crowd(5000, 600).limit.limit).toBe(4);
    expect(crowd(5000, 600, new ConcurrencyLimit({ ...settings, limitMin: 20 }, 0)).limit.limit).toBe(20);
  });

  it('grows while it is used and nobody waits, up to limitMax', () => {
    const limit = new ConcurrencyLimit(settings, 0);
    for (let ms = 1; ms < 120_000; ms++) limit.served(1, 1.5, limit.limit, ms);
    expect(limit.limit).toBe(1000);
  });

  it('learns nothing from a server that is not half used', () => {
    const limit = new ConcurrencyLimit(settings, 0);
    const before = limit.limit;
    for (let ms = 1; ms < 10_000; ms++) limit.served(1, 1.5, before / 4, ms);
    expect(limit.limit).toBe(before);
  });

  it('forgets a crowd at rest', () => {
    const { limit } = crowd(200, 60);
    const fresh = new ConcurrencyLimit(settings, 0).limit;
    expect(limit.limit).toBeLessThan(fresh);
    limit.rest();
    expect(limit.limit).toBe(fresh);
  });

  it('is not moved by a few slow ones, unless nothing else comes for two seconds', () => {
    const limit = new ConcurrencyLimit(settings, 0);
    const before = limit.limit;
    for (let n = 1; n <= 5; n++) limit.served(100, 5000, 50, 300 * n);
    expect(limit.limit).toBe(before);
    limit.served(100, 5000, 50, 2100);
    expect(limit.limit).toBeLessThan(before);
  });
});
