import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../engine/clock.ts';
import type { SearchOutcome, SearchRequest, SearchResult } from '../../../engine/types.ts';
import { AnswerCache, type AnswerCacheSettings, type Found } from '../../../server/cache/answer-cache.ts';
import type { Spilling } from '../../../server/cache/stored.ts';
import { requestFor, resultFor } from './sample-result.ts';

const SETTINGS: AnswerCacheSettings = {
  enabled: true,
  bytesMax: 2 ** 20,
  entriesMax: 100,
  freshMs: 1000,
  staleMs: 2000,
  staleOnErrorMs: 5000,
  degradedMs: 100,
  changedMs: 500,
};

/** A cache before workers that answer when they are told to. */
class Bench {
  nowMs = 0;
  generation = 'one';
  arm = 'control';
  readonly asked: { request: SearchRequest; answer: (outcome: SearchOutcome) => void }[] = [];
  failures = 0;
  /** When names of the state were left. */
  readonly left = new Map<string, number>();
  readonly #timers = new Map<() => void, number>();
  readonly cache: AnswerCache;

  constructor(settings: Partial<AnswerCacheSettings> = {}, spill?: Spilling) {
    const clock: Clock = { nowUs: () => this.nowMs * 1000, wallMs: () => this.nowMs };
    this.cache = new AnswerCache({
      settings: { ...SETTINGS, ...settings },
      clock,
      seed: 1,
      deadlineMs: 10_000,
      goneForMs: (state) => (this.left.has(state) ? this.nowMs - this.left.get(state)! : null),
      ...(spill === undefined ? {} : { spill }),
      failed: () => {
        this.failures += 1;
      },
      setTimer: (fire, afterMs) => {
        this.#timers.set(fire, this.nowMs + afterMs);
        return () => this.#timers.delete(fire);
      },
    });
  }

  ask(query: string, deadlineMs = 10_000, address: string | null = null): Promise<Found> {
    const request = requestFor(query, { deadlineAtMs: this.nowMs + deadlineMs });
    const run = (asked: SearchRequest): Promise<SearchOutcome> =>
      new Promise((answer) => this.asked.push({ request: asked, answer }));
    const question = { request, generation: this.generation, arm: this.arm, format: 'json' as const };
    return this.cache.answer(question, run, address);
  }

  /** The oldest query that waits is answered. */
  async reply(outcome: Partial<SearchResult> | Exclude<SearchOutcome, { kind: 'ok' }> = {}): Promise<void> {
    const { request, answer } = this.asked.shift()!;
    answer(
      'kind' in outcome
        ? outcome
        : { kind: 'ok', result: resultFor(request.query, { generation: this.generation, ...outcome }) },
    );
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** A document changes. */
  change(to: string): void {
    this.left.set(this.generation, this.nowMs);
    this.generation = to;
  }

  pass(ms: number): void {
    this.nowMs += ms;
    for (const [fire, atMs] of this.#timers)
      if (atMs <= this.nowMs) {
        this.#timers.delete(fire);
        fire();
      }
  }

  /** Asks, has it answered by a worker, and tells what it was. */
  async served(query: string, outcome: Parameters<Bench['reply']>[0] = {}): Promise<string> {
    const found = this.ask(query);
    if (this.asked.length > 0) await this.reply(outcome);
    const { use, ok } = await found;
    return ok ? use : `${use} failed`;
  }
}

const FAILED = { kind: 'failed', code: 'worker_lost', detail: 'gone' } as const;

describe('identical questions', () => {
  it('while one is under way the others wait for it: one worker is asked, once', async () => {
    const bench = new Bench();
    const all = [bench.ask('a'), bench.ask('a'), bench.ask('b'), bench.ask('a')];
    expect(bench.asked.map(({ request }) => request.query)).toEqual(['a', 'b']);
    await bench.reply();
    await bench.reply();
    const found = await Promise.all(all);
    expect(found.map(({ use, ok, queueMs }) => [use, ok, queueMs])).toEqual([
      ['miss', true, 0.5],
      ['miss', true, null],
      ['miss', true, 0.5],
      ['miss', true, null],
    ]);
    expect(bench.cache.counted.joined).toBe(2);
    expect(await bench.served('a')).toBe('hit');
  });

  it('a failure is told to all who wait, and to nobody after them', async () => {
    const bench = new Bench();
    const all = [bench.ask('a'), bench.ask('a')];
    await bench.reply(FAILED);
    for (const found of await Promise.all(all))
      expect(found).toMatchObject({ use: 'miss', ok: false, outcome: FAILED });
    expect(await bench.served('a')).toBe('miss');
    expect(await bench.served('a')).toBe('hit');
  });

  it('one whose own deadline passes is told so; the others get their answer', async () => {
    const bench = new Bench();
    const patient = bench.ask('a');
    const hasty = bench.ask('a', 50);
    bench.pass(50);
    expect(await hasty).toMatchObject({ ok: false, use: 'miss', outcome: { kind: 'deadline' } });
    await bench.reply();
    expect(await patient).toMatchObject({ ok: true, use: 'miss' });
  });

  it('who has time does not join one who has hardly any', async () => {
    const bench = new Bench();
    const hasty = bench.ask('a', 50);
    const patient = bench.ask('a', 10_000);
    const joins = bench.ask('a', 10_000);
    expect(bench.asked.length).toBe(2);
    await bench.reply({ kind: 'deadline', stage: 'rerankMs' });
    await bench.reply();
    expect((await hasty).ok).toBe(false);
    expect([(await patient).ok, (await joins).ok]).toEqual([true, true]);
  });
});

describe('an answer that grows old', () => {
  it('is given as it is, then while a new one is asked for behind it, then no more', async () => {
    const bench = new Bench();
    await bench.served('a');
    bench.pass(999);
    expect(await bench.served('a')).toBe('hit');
    bench.pass(1);
    const stale = [await bench.ask('a'), await bench.ask('a')];
    expect(stale.map(({ use }) => use)).toEqual(['stale', 'stale']);
    expect(bench.asked.length).toBe(1);
    await bench.reply({ total: 2 });
    const renewed = await bench.ask('a');
    expect(renewed.use).toBe('hit');
    expect(renewed.ok && renewed.answer.etag).not.toBe(stale[0]!.ok && stale[0]!.answer.etag);
    bench.pass(3000);
    expect(await bench.served('a')).toBe('miss');
  });

  it('where the new one fails it stays, and the next attempt waits a second', async () => {
    const bench = new Bench();
    await bench.served('a');
    bench.pass(1000);
    await bench.ask('a');
    await bench.reply(FAILED);
    expect((await bench.ask('a')).use).toBe('stale');
    expect(bench.asked.length).toBe(0);
    bench.pass(1000);
    expect((await bench.ask('a')).use).toBe('stale');
    expect(bench.asked.length).toBe(1);
  });

  it('is given once more where nothing else can be had, up to staleOnErrorMs', async () => {
    const bench = new Bench();
    await bench.served('a');
    bench.pass(5999);
    expect(await bench.served('a', FAILED)).toBe('stale');
    expect(await bench.served('a', { kind: 'deadline', stage: 'queueMs' })).toBe('stale');
    expect(bench.cache.counted.servedOnError).toBe(2);
    bench.pass(1);
    expect(await bench.served('a', FAILED)).toBe('miss failed');
  });
});

describe('an answer that lacks something', () => {
  it('is given again briefly, and never when it is older', async () => {
    const bench = new Bench();
    expect(await bench.served('a', { degraded: ['rerank_failed'] })).toBe('miss');
    expect(await bench.served('a')).toBe('hit');
    bench.pass(100);
    expect(await bench.served('a', FAILED)).toBe('miss failed');
  });

  it.each(['rerank_deadline', 'rerank_partial'] as const)(
    'for want of one caller’s time is not given to another: %s',
    async (reason) => {
      const bench = new Bench();
      await bench.served('a', { degraded: [reason] });
      expect(await bench.served('a')).toBe('miss');
    },
  );

  it.each(['dense_language', 'rerank_language'] as const)('for good is as good as whole: %s', async (reason) => {
    const bench = new Bench();
    await bench.served('a', { degraded: [reason] });
    bench.pass(900);
    expect(await bench.served('a')).toBe('hit');
  });

  it('does not take the place of a whole one that may still be given', async () => {
    const bench = new Bench();
    await bench.served('a');
    bench.pass(1000);
    await bench.ask('a');
    await bench.reply({ degraded: ['rerank_failed'] });
    const found = await bench.ask('a');
    expect([found.use, found.ok && found.answer.facts.degraded]).toEqual(['stale', []]);
  });
});

describe('old answers', () => {
  it('of another generation or arm are never given, by question or by address', async () => {
    const bench = new Bench();
    const first = bench.ask('a', 10_000, 'one/control/a');
    await bench.reply();
    await first;
    expect(bench.cache.at('one/control/a', 'one')).not.toBeNull();
    bench.generation = 'two';
    expect(await bench.served('a')).toBe('miss');
    bench.generation = 'one';
    bench.arm = 'canary';
    expect(await bench.served('a')).toBe('miss');
  });

  it('that another index gave meanwhile are told, and not kept', async () => {
    const bench = new Bench();
    expect(await bench.served('a', { generation: 'two' })).toBe('miss');
    expect(await bench.served('a')).toBe('miss');
  });

  it('are gone when the cache is cleared, those under way included', async () => {
    const bench = new Bench();
    await bench.served('a');
    const underWay = bench.ask('b');
    expect(bench.cache.clear()).toBe(1);
    const after = bench.ask('b');
    expect(bench.asked.length).toBe(2);
    await bench.reply();
    expect((await underWay).ok).toBe(true);
    expect(bench.cache.size.entries).toBe(0);
    await bench.reply();
    expect((await after).use).toBe('miss');
    expect([await bench.served('b'), await bench.served('a')]).toEqual(['hit', 'miss']);
  });
});

describe('answers that a change of documents has made old', () => {
  it('are given for a moment while a new one is asked for, by question and not by address', async () => {
    const bench = new Bench();
    const first = bench.ask('a', 10_000, '/a');
    await bench.reply();
    await first;
    bench.change('one+1');
    bench.pass(499);
    expect(bench.cache.at('/a', 'one+1')).toBeNull();
    const found = await bench.ask('a', 10_000, '/a');
    expect([found.use, found.ok && found.answer.generation]).toEqual(['stale', 'one']);
    expect(bench.asked.length).toBe(1);
    await bench.reply();
    const next = await bench.ask('a');
    expect([next.use, next.ok && next.answer.generation]).toEqual(['hit', 'one+1']);
  });

  it('are not given longer after they became old, however many changes followed', async () => {
    const bench = new Bench();
    await bench.served('a');
    for (let change = 1; change <= 5; change++) {
      bench.change(`one+${change}`);
      bench.pass(100);
    }
    expect(await bench.served('a')).toBe('miss');
  });

  it('are not given to whoever may rely on the change, nor after a failure, nor across indexes', async () => {
    const bench = new Bench();
    await bench.served('a');
    bench.change('one+1');
    bench.left.clear();
    expect(await bench.served('a', { kind: 'failed', code: 'overloaded', detail: '' })).toBe('miss failed');
    await bench.served('a');
    bench.change('two');
    expect(await bench.served('a')).toBe('miss');
  });

  it('are not waited for by whoever asks after the change', async () => {
    const bench = new Bench();
    const before = bench.ask('a');
    bench.change('one+1');
    const after = bench.ask('a');
    expect(bench.asked.length).toBe(2);
    await bench.reply({ generation: 'one' });
    await bench.reply();
    const [old, own] = await Promise.all([before, after]);
    expect([old.ok && old.answer.generation, own.ok && own.answer.generation]).toEqual(['one', 'one+1']);
    expect(await bench.served('a')).toBe('hit');
  });

  it('do not take the place of others: a question has one answer, whatever the state', async () => {
    const bench = new Bench();
    for (let change = 1; change <= 20; change++) {
      await bench.served('a');
      bench.change(`one+${change}`);
    }
    expect(bench.cache.size.entries).toBe(1);
  });

  it('are kept beside the memory only where no vectors were behind', async () => {
    const put: string[] = [];
    const spill: Spilling = { put: (_, { answer }) => void put.push(answer.generation), clear: () => {}, stats: {} };
    const bench = new Bench({}, spill);
    bench.change('one+2~1');
    await bench.served('a');
    bench.change('one+2');
    await bench.served('a');
    expect(put).toEqual(['one+2']);
  });
});

describe('a cache that is off', () => {
  it('is asked around, keeps nothing, and joins nobody', async () => {
    const bench = new Bench();
    await bench.served('a');
    bench.cache.power.turnOff(null);
    const two = [bench.ask('a'), bench.ask('a')];
    expect(bench.asked.length).toBe(2);
    await bench.reply();
    await bench.reply();
    expect((await Promise.all(two)).map(({ use }) => use)).toEqual(['none', 'none']);
    bench.cache.power.turnOn();
    expect(await bench.served('a')).toBe('hit');
  });

  it('comes back by itself where it was told to', async () => {
    const bench = new Bench();
    bench.cache.power.turnOff(5000);
    bench.pass(4999);
    expect([bench.cache.power.isOn, bench.cache.power.backInMs]).toEqual([false, 1]);
    bench.pass(1);
    expect([bench.cache.power.isOn, bench.cache.power.backInMs]).toEqual([true, null]);
  });
});

it('addresses lead to fresh answers only, and to none that has left', async () => {
  const bench = new Bench({ entriesMax: 1 });
  const asked = bench.ask('a', 10_000, '/a');
  await bench.reply();
  await asked;
  expect(bench.cache.at('/a', 'one')).not.toBeNull();
  expect(bench.cache.at('/b', 'one')).toBeNull();
  bench.pass(1000);
  expect(bench.cache.at('/a', 'one')).toBeNull();
  bench.cache.clear();
  expect(bench.cache.at('/a', 'one')).toBeNull();
});

it('bytes of answers and addresses together stay below the limit', async () => {
  const bench = new Bench({ bytesMax: 64 * 1024, entriesMax: 1000 });
  for (let n = 0; n < 200; n++) {
    const asked = bench.ask(`query ${n % 60}`, 10_000, `/search?q=${'x'.repeat(n * 5)}`);
    if (bench.asked.length > 0) await bench.reply();
    await asked;
    expect(bench.cache.size.bytes).toBeLessThanOrEqual(64 * 1024);
  }
  expect(bench.cache.size.entries).toBeGreaterThan(5);
});

it('a cache that fails is counted, and the caller has his answer all the same', async () => {
  const broken: Spilling = {
    put: () => {
      throw new Error('broken');
    },
    clear: () => {},
    stats: {},
  };
  const bench = new Bench({}, broken);
  expect(await bench.served('a')).toBe('miss');
  expect(bench.failures).toBe(1);
});
