import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClientKey } from '../../../server/limits/client-key.ts';
import { GcraTable, type Rate } from '../../../server/limits/gcra.ts';
import { runs } from '../../support/runs.ts';

/** The textbook: a bucket that leaks one unit each period, in whole numbers without bounds. */
class LeakyBuckets {
  readonly #levels = new Map<string, { level: bigint; atNs: bigint }>();

  take({ high, low }: ClientKey, quantity: number, { periodNs, burst }: Rate, nowNs: number) {
    const [period, now, full] = [BigInt(periodNs), BigInt(nowNs), BigInt(periodNs) * BigInt(burst)];
    const key = `${high} ${low}`;
    const level = this.#levelAt(key, now);
    const filled = level + period * BigInt(quantity);
    const allowed = filled <= full;
    const after = allowed ? filled : level;
    this.#levels.set(key, { level: after, atNs: now });
    return {
      allowed,
      remaining: Number((full - after) / period),
      retryAfterNs: Number(allowed ? 0n : quantity <= burst ? filled - full : level),
      resetAfterNs: Number(after),
    };
  }

  /** Smaller buckets spill what they cannot hold. */
  resize({ periodNs, burst }: Rate, nowNs: number): void {
    const full = BigInt(periodNs) * BigInt(burst);
    for (const key of this.#levels.keys()) {
      const level = this.#levelAt(key, BigInt(nowNs));
      this.#levels.set(key, { level: level > full ? full : level, atNs: BigInt(nowNs) });
    }
  }

  #levelAt(key: string, now: bigint): bigint {
    const { level, atNs } = this.#levels.get(key) ?? { level: 0n, atNs: now };
    const leaked = level - (now - atNs);
    return leaked < 0n ? 0n : leaked;
  }
}

const RATES: readonly Rate[] = [
  { periodNs: 10_000_000, burst: 200 },
  { periodNs: 360_000_000_000, burst: 10 },
  { periodNs: 333_333_334, burst: 3 },
  { periodNs: 1000, burst: 1 },
  { periodNs: 7, burst: 1_000_000 },
  { periodNs: 86_400e9, burst: 30 },
];

const step = fc.record({
  client: fc.nat(12),
  quantity: fc.oneof(fc.constant(1), fc.nat(12)),
  /** Short waits among long ones, and none at all. */
  waitNs: fc.oneof(fc.constant(0), fc.nat(1e6), fc.nat(4e9), fc.nat({ max: 4e14 })),
  rate: fc.option(fc.nat(RATES.length - 1), { freq: 12 }),
});

const keyOf = (client: number): ClientKey => ({ high: client % 3 === 0 ? -1 : client, low: client * 7 });

describe('the table', () => {
  it('decides as leaky buckets do, to the nanosecond, whatever the times, quantities and changes of the rate', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer(), (steps, seed) => {
        const table = new GcraTable(1024, seed);
        const model = new LeakyBuckets();
        let rate = RATES[0]!;
        let nowNs = 1;
        for (const { client, quantity, waitNs, rate: next } of steps) {
          nowNs += waitNs;
          if (next !== null) {
            rate = RATES[next]!;
            table.cap(rate, nowNs);
            model.resize(rate, nowNs);
          }
          const key = keyOf(client);
          expect(table.take(key, quantity, rate, nowNs)).toEqual(model.take(key, quantity, rate, nowNs));
        }
      }),
      runs(100),
    );
  });

  it('lets no window have more than the burst and what the rate adds, and refuses nothing that would fit', () => {
    const waits = fc.array(fc.nat(3000), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(waits, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 2000 }), (all, burst, periodNs) => {
        const table = new GcraTable(8, 1);
        const passed: number[] = [];
        let nowNs = 1;
        /** Most that any window up to now holds beyond what the rate allows it. */
        const excess = (times: readonly number[]): number =>
          Math.max(0, ...times.map((from, at) => (times.length - at) * periodNs - (nowNs - from) - burst * periodNs));
        for (const wait of all) {
          nowNs += wait;
          const { allowed } = table.take({ high: 1, low: 2 }, 1, { periodNs, burst }, nowNs);
          expect(excess([...passed, nowNs]) > 0).toBe(!allowed);
          if (allowed) passed.push(nowNs);
        }
      }),
      runs(100),
    );
  });

  it('says when to come back, and not a nanosecond earlier is it allowed', () => {
    const rate = { periodNs: 1_000_003, burst: 5 };
    const table = new GcraTable(64, 7);
    const key = { high: 5, low: 6 };
    table.take(key, 5, rate, 100);
    const { retryAfterNs } = table.take(key, 3, rate, 200);
    expect(table.take(key, 3, rate, 200 + retryAfterNs - 1).allowed).toBe(false);
    expect(table.take(key, 3, rate, 200 + retryAfterNs).allowed).toBe(true);
  });

  it('a debt of a strict limit is at most a burst of the mild one that follows', () => {
    const strict = { periodNs: 360e9, burst: 10 };
    const mild = { periodNs: 10_000_000, burst: 200 };
    const table = new GcraTable(64, 7);
    const key = { high: 5, low: 6 };
    expect(table.take(key, 10, strict, 1).allowed).toBe(true);
    table.cap(mild, 2);
    expect(table.take(key, 1, mild, 2)).toMatchObject({ allowed: false, retryAfterNs: 10_000_000 });
    expect(table.take(key, 1, mild, 2 + 10_000_000).allowed).toBe(true);
  });

  it('forgets everyone when cleared', () => {
    const table = new GcraTable(64, 7);
    const rate = { periodNs: 1e9, burst: 1 };
    table.take({ high: 5, low: 6 }, 1, rate, 1);
    table.clear();
    expect(table.used).toBe(0);
    expect(table.take({ high: 5, low: 6 }, 1, rate, 1).allowed).toBe(true);
  });
});

describe('a million clients', () => {
  const rate = { periodNs: 1e12, burst: 2 };
  const spoofed = (at: number): ClientKey => ({ high: -1, low: Math.imul(at, 0x9e3779b1) });

  it('in a table that they fill to two thirds are counted exactly: every one gets its burst, and not one more', () => {
    const table = new GcraTable(1_500_000, 99);
    const bytes = table.bytes;
    let wrong = 0;
    for (let round = 0; round < 3; round++)
      for (let at = 0; at < 1_000_000; at++)
        if (table.take(spoofed(at), 1, rate, 1 + round).allowed !== round < 2) wrong += 1;
    expect(wrong).toBe(0);
    expect([table.used, table.washedOut, table.bytes]).toEqual([1_000_000, 0, bytes]);
  });

  it('do not grow a small table, and do not wash out the one that floods', () => {
    const table = new GcraTable(4096, 99);
    const bytes = table.bytes;
    const flooder = { high: 0x20010db8, low: 1 };
    for (let taken = 0; taken < 2; taken++) table.take(flooder, 1, rate, 1);
    for (let at = 0; at < 1_000_000; at++) table.take(spoofed(at), 1, rate, 2);
    expect([table.bytes, table.places, table.used]).toEqual([bytes, 4096, 4096]);
    expect(table.washedOut).toBe(1_000_001 - 4096);
    expect(table.take(flooder, 1, rate, 3).allowed).toBe(false);
  });

  it('owes at least what another table says, where that is more, and lets a rate older than itself forgive all', () => {
    const table = new GcraTable(1024, 1);
    const rate: Rate = { periodNs: 10e9, burst: 10 };
    table.take(keyOf(1), 3, rate, 1000);
    table.owe(keyOf(1), 20e9, 1000);
    expect(table.take(keyOf(1), 0, rate, 1000).resetAfterNs).toBe(30e9);
    table.owe(keyOf(1), 45e9, 1000);
    table.owe(keyOf(2), 10e9, 1000);
    expect(table.take(keyOf(1), 0, rate, 1000).resetAfterNs).toBe(45e9);
    expect([table.take(keyOf(2), 0, rate, 1000).resetAfterNs, table.used]).toEqual([10e9, 2]);
    table.cap(rate, -500e9);
    expect([table.take(keyOf(1), 0, rate, 1000).resetAfterNs, table.used]).toEqual([0, 2]);
  });
});
