import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GcraTable, type Rate } from '../../../server/limits/index.ts';
import type { Session } from '../../../server/shared/session.ts';
import {
  decisionOf,
  type RateChange,
  TAKE,
  type TakeQuestion,
  takeArguments,
} from '../../../server/shared/take-script.ts';
import { hasRedis, RedisServer } from '../../support/redis.ts';
import { runs } from '../../support/runs.ts';
import { runOf, sessionOf } from './support.ts';

const RATES: readonly Rate[] = [
  { periodNs: 10_000_000, burst: 200 },
  { periodNs: 360_000_000_000, burst: 10 },
  { periodNs: 333_333_334, burst: 3 },
  { periodNs: 1000, burst: 1 },
  { periodNs: 7, burst: 1_000_000 },
  { periodNs: 86_400e9, burst: 30 },
];
/** Some day in 2026, where a time in nanoseconds would not be whole in a double. */
const START_US = Date.UTC(2026, 5, 1) * 1000;

const step = fc.record({
  client: fc.nat(5),
  quantity: fc.oneof(fc.constant(1), fc.nat(12)),
  waitUs: fc.oneof(fc.constant(0), fc.nat(1000), fc.nat(4e6), fc.nat({ max: 4e11 })),
  rate: fc.option(fc.nat(RATES.length - 1), { freq: 12 }),
});

describe.skipIf(!hasRedis)('a decision in Redis', () => {
  let redis: RedisServer;
  let session: Session;
  beforeAll(async () => {
    redis = await RedisServer.start();
    session = await sessionOf(redis);
  });
  afterAll(async () => {
    session.end('done');
    await redis.kill();
  });

  const take = async (name: string, question: TakeQuestion) =>
    decisionOf(await runOf(session)(TAKE, [name], takeArguments(question)), question);

  it('is that of the table in the process, to the nanosecond, whatever the times, quantities and changes of the rate', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        run += 1;
        const table = new GcraTable(1024, 1);
        let rate = RATES[0]!;
        let atUs = 0;
        const changes: { atUs: number; toleranceNs: number }[] = [];
        for (const { client, quantity, waitUs, rate: next } of steps) {
          // Whether something was owed before a change or after it shows from one microsecond to the next.
          atUs += next === null ? waitUs : waitUs + 1;
          if (next !== null) {
            rate = RATES[next]!;
            table.cap(rate, atUs * 1000 + 1);
            changes.push({ atUs, toleranceNs: rate.periodNs * rate.burst });
          }
          const question = {
            quantity,
            rate,
            owedNsMin: 0,
            changes: changes.map(
              ({ atUs: sinceUs, toleranceNs }): RateChange => ({ agoNs: (atUs - sinceUs) * 1000, toleranceNs }),
            ),
            nowUs: START_US + atUs,
          };
          const expected = table.take({ high: 1, low: client }, quantity, rate, atUs * 1000 + 1);
          expect(await take(`property:${run}:${client}`, question)).toEqual(expected);
        }
      }),
      runs(40),
    );
  });

  const slow: Rate = { periodNs: 60e9, burst: 3 };
  const ask = (over: Partial<TakeQuestion> = {}): TakeQuestion => ({
    quantity: 1,
    rate: slow,
    owedNsMin: 0,
    changes: [],
    nowUs: START_US,
    ...over,
  });

  it('holds what the caller knows to be owed, where that is more, and never both', async () => {
    expect((await take('owed', ask({ quantity: 2 }))).resetAfterNs).toBe(120e9);
    expect((await take('owed', ask({ quantity: 0, owedNsMin: 60e9 }))).resetAfterNs).toBe(120e9);
    expect((await take('owed', ask({ quantity: 0, owedNsMin: 130e9 }))).resetAfterNs).toBe(130e9);
    // It is kept: who asks next knows nothing of it.
    expect(await take('owed', ask())).toEqual({
      allowed: false,
      remaining: 0,
      retryAfterNs: 10e9,
      resetAfterNs: 130e9,
    });
    expect((await take('owed', ask({ quantity: 0, owedNsMin: 1e15 }))).resetAfterNs).toBe(180e9);
  });

  it('by a clock that was set back lets debts stand, and forgives none', async () => {
    await take('back', ask({ quantity: 3 }));
    const earlier = { nowUs: START_US - 3600e6 };
    expect((await take('back', ask(earlier))).retryAfterNs).toBe(60e9);
    expect((await take('back', ask({ ...earlier, quantity: 0, nowUs: START_US - 3540e6 }))).resetAfterNs).toBe(180e9);
  });

  it('by the clock of Redis gives each query once, to however many ask at once', async () => {
    const decisions = await Promise.all(Array.from({ length: 20 }, () => take('own', ask({ nowUs: null }))));
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(3);
  });

  it('is forgotten by itself when all is paid off, and nothing is kept of who only looks', async () => {
    await take('ends', ask({ nowUs: null, rate: { periodNs: 2e9, burst: 5 }, quantity: 2 }));
    const leftMs = Number(redis.cli('PTTL', 'ends'));
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(5000);
    await take('looks', ask({ nowUs: null, quantity: 0 }));
    expect(redis.cli('EXISTS', 'looks')).toBe('0');
  });

  it('takes a value that it cannot read for none', async () => {
    redis.cli('SET', 'odd', 'x');
    expect((await take('odd', ask())).remaining).toBe(2);
  });

  it('is made all the same when Redis has forgotten the script', async () => {
    await take('script', ask());
    redis.cli('SCRIPT', 'FLUSH');
    expect((await take('script', ask())).remaining).toBe(1);
  });
});
