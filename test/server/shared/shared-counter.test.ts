import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GcraTable, localCounter, type Rate } from '../../../server/limits/index.ts';
import type { Session } from '../../../server/shared/session.ts';
import { SharedCounter } from '../../../server/shared/shared-counter.ts';
import type { Run } from '../../../server/shared/store.ts';
import { hasRedis, RedisServer } from '../../support/redis.ts';
import { runs } from '../../support/runs.ts';
import { runOf, sessionOf } from './support.ts';

const RATES: readonly Rate[] = [
  { periodNs: 10_000_000, burst: 200 },
  { periodNs: 360_000_000_000, burst: 10 },
  { periodNs: 333_333_000, burst: 3 },
  { periodNs: 60e9, burst: 30 },
];
const START_US = Date.UTC(2026, 5, 1) * 1000;

/** How the store does at a question. */
type Doing = 'answers' | 'is down' | 'fails before it counted' | 'fails after it counted';

const stepWith = (processes: number, doing: readonly Doing[]) =>
  fc.record({
    who: fc.nat(processes - 1),
    client: fc.nat(3),
    quantity: fc.oneof(fc.constant(1), fc.nat(12)),
    waitUs: fc.oneof(fc.constant(0), fc.nat(1000), fc.nat(4e6), fc.nat({ max: 4e9 })),
    rate: fc.option(fc.nat(RATES.length - 1), { freq: 12 }),
    doing: fc.constantFrom(...doing),
  });
type Step = ReturnType<typeof stepWith> extends fc.Arbitrary<infer Value> ? Value : never;

describe.skipIf(!hasRedis)('a counter with a Redis', () => {
  let redis: RedisServer;
  let session: Session;
  let tries = 0;
  beforeAll(async () => {
    redis = await RedisServer.start();
    session = await sessionOf(redis);
  });
  afterAll(async () => {
    session.end('done');
    await redis.kill();
  });

  /** Whatever each process decides, beside one table that sees all. */
  async function decideAll(steps: readonly Step[], processes: number): Promise<void> {
    tries += 1;
    const prefix = `run${tries}:`;
    let atUs = 1;
    let doing: Doing = 'answers';
    const ask: Run = async (script, keys, [, ...words]) => {
      if (doing === 'fails before it counted') throw new Error(doing);
      const reply = await runOf(session)(script, keys, [String(START_US + atUs), ...words]);
      if (doing === 'fails after it counted') throw new Error(doing);
      return reply;
    };
    const store = {
      get isUp() {
        return doing !== 'is down';
      },
      ask,
    };
    const counters = Array.from(
      { length: processes },
      () => new SharedCounter({ store, local: localCounter(1024), prefix: () => prefix }),
    );
    const table = new GcraTable(1024, 1);
    let rate = RATES[0]!;
    for (const step of steps) {
      atUs += step.rate === null ? step.waitUs : step.waitUs + 1;
      ({ doing } = step);
      if (step.rate !== null) {
        rate = RATES[step.rate]!;
        table.cap(rate, atUs * 1000);
        for (const counter of counters) counter.cap(rate, atUs * 1000);
      }
      const key = { high: 2, low: step.client };
      const decision = await counters[step.who]!.take(key, step.quantity, rate, atUs * 1000);
      expect(decision).toEqual(table.take(key, step.quantity, rate, atUs * 1000));
    }
  }

  it('decides, for two processes, as one table would for both, whatever times, quantities and changes of the rate', async () => {
    const steps = fc.array(stepWith(2, ['answers']), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, (all) => decideAll(all, 2)),
      runs(30),
    );
  });

  it('counts once and forgets nothing of a process, however often Redis fails, before it counted or after', async () => {
    const steps = fc.array(stepWith(1, ['answers', 'is down', 'fails before it counted', 'fails after it counted']), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(steps, (all) => decideAll(all, 1)),
      runs(30),
    );
  });

  it('lets nothing that was asked before everyone was forgiven be owed after it', async () => {
    let answer: (reply: unknown) => void = () => {};
    const store = { isUp: true, ask: () => new Promise<unknown>((resolve) => (answer = resolve)) };
    const counter = new SharedCounter({ store, local: localCounter(64), prefix: () => '' });
    const key = { high: 1, low: 1 };
    const asked = counter.take(key, 5, RATES[1]!, 1000);
    counter.clear();
    answer([1, 5 * RATES[1]!.periodNs]);
    expect((await asked).remaining).toBe(5);
    store.isUp = false;
    expect((await counter.take(key, 0, RATES[1]!, 2000)).remaining).toBe(10);
  });
});
