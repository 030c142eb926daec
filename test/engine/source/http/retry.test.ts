import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, isRetriedStatus, retryAfterMs } from '../../../../engine/source/http/retry.ts';

const LIMITS = { retriesMax: 5, backoffBaseMs: 1000, waitMsMax: 120_000 };
const NOW = Date.UTC(2026, 0, 1);

describe('backoffMs', () => {
  it('doubles its bound with each attempt, up to the cap, and spreads over the whole of it', () => {
    expect([0, 1, 2, 3, 10].map((attempt) => backoffMs(attempt, LIMITS, 1))).toEqual([1000, 2000, 4000, 8000, 120_000]);
    expect(backoffMs(3, LIMITS, 0)).toBe(0);
    expect(backoffMs(3, LIMITS, 0.5)).toBe(4000);
  });

  it('never leaves 0 … cap', () => {
    fc.assert(
      fc.property(fc.nat(1100), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const ms = backoffMs(attempt, LIMITS, random);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(LIMITS.waitMsMax);
      }),
    );
  });
});

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    [' 17 ', 17_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('reads %j as %j', (header, ms) => {
    expect(retryAfterMs(header, NOW)).toBe(ms);
  });
});

describe('isRetriedStatus', () => {
  it('retries what may pass and not what the client did', () => {
    for (const status of [408, 425, 429, 500, 502, 503, 504, 520, 524]) expect(isRetriedStatus(status)).toBe(true);
    for (const status of [200, 301, 400, 401, 403, 404, 410, 501, 505]) expect(isRetriedStatus(status)).toBe(false);
  });
});
