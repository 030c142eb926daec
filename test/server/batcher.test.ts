import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SearchOutcome } from '../../engine/types.ts';
import { gated, type Message, requestFor } from './gated-batcher.ts';

const timingsOf = (outcome: SearchOutcome | undefined) => {
  if (outcome?.kind !== 'ok') throw new Error(`expected an answer, got ${JSON.stringify(outcome)}`);
  return outcome.result.timings;
};

describe('dispatch', () => {
  it('an idle worker gets a query at once, in the call that submits it', () => {
    const { submit, given, batcher } = gated({ workers: 2 });
    submit('a');
    expect(given()).toEqual([['a']]);
    submit('b');
    expect(given()).toEqual([['a'], ['b']]);
    expect([batcher.busy, batcher.waiting]).toEqual([2, 0]);
  });

  it('queries gather while every worker is busy, and leave together, in order', async () => {
    const { submit, given, messages, outcomes, batcher } = gated();
    submit('a', 'b', 'c', 'd');
    expect([given(), batcher.waiting]).toEqual([[['a']], 3]);
    await messages[0]!.answer();
    expect([given(), batcher.waiting]).toEqual([[['a'], ['b', 'c', 'd']], 0]);
    await messages[1]!.answer();
    expect([...outcomes.keys()]).toEqual(['a', 'b', 'c', 'd']);
    expect(batcher.busy).toBe(0);
  });

  it('a message holds at most dispatchQueriesMax', async () => {
    const { submit, given, messages } = gated({ dispatchQueriesMax: 2 });
    submit('a', 'b', 'c', 'd', 'e', 'f');
    await messages[0]!.answer();
    await messages[1]!.answer();
    await messages[2]!.answer();
    expect(given()).toEqual([['a'], ['b', 'c'], ['d', 'e'], ['f']]);
  });

  it('every query is answered once with its own answer, in whatever order workers end and die', async () => {
    const step = fc.record({ submit: fc.nat(4), end: fc.nat(3), dies: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 30 }), async (workers, steps) => {
        const { submit, messages, outcomes, batcher } = gated({ workers, dispatchQueriesMax: 3 });
        const open = (): Message[] => messages.filter((message) => !ended.has(message));
        const ended = new Set<Message>();
        const end = async (message: Message, dies: boolean): Promise<void> => {
          ended.add(message);
          await (dies ? message.die() : message.answer());
        };
        let serial = 0;
        for (const { submit: count, end: which, dies } of steps) {
          for (let n = 0; n < count; n++) submit(`q${serial++}`);
          expect(batcher.busy).toBe(open().length);
          expect(batcher.busy).toBeLessThanOrEqual(workers);
          const message = open()[which];
          if (message !== undefined) await end(message, dies);
        }
        while (open().length > 0) await end(open()[0]!, false);
        expect(outcomes.size).toBe(serial);
        for (const [query, outcome] of outcomes)
          expect(outcome.kind === 'ok' ? outcome.result.query : outcome).toEqual(
            outcome.kind === 'ok' ? query : expect.objectContaining({ code: 'worker_lost' }),
          );
        expect([batcher.busy, batcher.waiting]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the bound of the queue', () => {
  it('refuses what does not fit with overloaded, and keeps what does', async () => {
    const { submit, messages, outcomes, batcher } = gated({ queueQueriesMax: 2 });
    submit('a', 'b', 'c', 'refused');
    await turn();
    expect(outcomes.get('refused')).toEqual({
      kind: 'failed',
      code: 'overloaded',
      detail: expect.stringContaining('wait'),
    });
    expect(batcher.waiting).toBe(2);
    await messages[0]!.answer();
    submit('d');
    await messages[1]!.answer();
    await messages[2]!.answer();
    expect([...outcomes.keys()].sort()).toEqual(['a', 'b', 'c', 'd', 'refused']);
    expect(outcomes.get('d')?.kind).toBe('ok');
  });
});

describe('a worker that dies', () => {
  it('its queries are asked once more, each alone, in their order', async () => {
    const { submit, given, messages, outcomes } = gated();
    submit('first', 'a', 'b', 'c');
    await messages[0]!.answer();
    await messages[1]!.die();
    expect(outcomes.size).toBe(1);
    for (let at = 2; at < 5; at++) await messages[at]!.answer();
    expect(given().slice(1)).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['c']]);
    expect([...outcomes.values()].map(({ kind }) => kind)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  it('a query that kills workers fails alone, with worker_lost', async () => {
    const { submit, messages, outcomes, batcher } = gated();
    submit('first', 'good', 'poison', 'better');
    await messages[0]!.answer();
    await messages[1]!.die();
    await messages[2]!.answer();
    expect(messages[3]!.queries).toEqual(['poison']);
    await messages[3]!.die();
    await messages[4]!.answer();
    expect(outcomes.get('poison')).toEqual({
      kind: 'failed',
      code: 'worker_lost',
      detail: expect.stringContaining('the thread ended'),
    });
    expect([outcomes.get('good')?.kind, outcomes.get('better')?.kind]).toEqual(['ok', 'ok']);
    expect([batcher.busy, batcher.waiting]).toEqual([0, 0]);
  });

  it('a query that is retried goes before those that came later, and never shares a message', async () => {
    const { submit, given, messages } = gated();
    submit('a', 'late 1', 'late 2');
    await messages[0]!.die();
    await messages[1]!.answer();
    expect(given()).toEqual([['a'], ['a'], ['late 1', 'late 2']]);
  });

  it('a query whose deadline passed meanwhile ends with it, and is not asked again', async () => {
    const { batcher, clock, messages } = gated();
    clock.ms = 1000;
    const late = batcher.submit(requestFor('late', 1500));
    const inTime = batcher.submit(requestFor('in time', 3000));
    clock.ms = 1500;
    await messages[0]!.die();
    expect(await late).toEqual({ kind: 'deadline', stage: 'queueMs' });
    expect(messages[1]!.queries).toEqual(['in time']);
    await messages[1]!.answer();
    expect((await inTime).kind).toBe('ok');
  });
});

describe('a deadline that passes', () => {
  it('ends a query whose worker does not answer, after some grace; what the worker says later is dropped', async () => {
    const { batcher, messages, passTo, timers } = gated();
    const asked: SearchOutcome[] = [];
    void batcher.submit(requestFor('hung', 1000)).then((outcome) => asked.push(outcome));
    await passTo(1249);
    expect(asked).toEqual([]);
    await passTo(1250);
    expect(asked).toEqual([{ kind: 'deadline', stage: 'totalMs' }]);
    expect(batcher.busy).toBe(1);
    await messages[0]!.answer();
    expect(asked).toHaveLength(1);
    expect([batcher.busy, timers.size]).toEqual([0, 0]);
  });

  it('ends a query that waits, which no worker is asked then; its neighbours go on', async () => {
    const { batcher, submit, given, messages, outcomes, passTo } = gated();
    submit('busy');
    const late = batcher.submit(requestFor('late', 1000));
    submit('patient');
    await passTo(1250);
    expect(await late).toEqual({ kind: 'deadline', stage: 'queueMs' });
    expect(batcher.waiting).toBe(1);
    await messages[0]!.answer();
    await messages[1]!.answer();
    expect(given()).toEqual([['busy'], ['patient']]);
    expect([...outcomes.keys()]).toEqual(['busy', 'patient']);
  });

  it('ends a query for good: the death of its worker asks it no second time', async () => {
    const { batcher, given, messages, passTo } = gated();
    const late = batcher.submit(requestFor('hung', 1000));
    await passTo(1250);
    await messages[0]!.die();
    expect(await late).toEqual({ kind: 'deadline', stage: 'totalMs' });
    expect([given(), batcher.busy, batcher.waiting]).toEqual([[['hung']], 0, 0]);
  });

  it('holds over a retry', async () => {
    const { batcher, messages, passTo, timers } = gated();
    const late = batcher.submit(requestFor('hung twice', 1000));
    await messages[0]!.die();
    await passTo(1250);
    expect(await late).toEqual({ kind: 'deadline', stage: 'totalMs' });
    expect(timers.size).toBe(0);
  });

  it('leaves no timer behind where the answer was in time, or the server stops', async () => {
    const { batcher, messages, timers } = gated();
    void batcher.submit(requestFor('answered', 1000));
    void batcher.submit(requestFor('refused', 1000));
    expect(timers.size).toBe(2);
    batcher.stop();
    await messages[0]!.answer();
    expect(timers.size).toBe(0);
  });
});

describe('a query that a model elsewhere has to score something for', () => {
  it('keeps no worker, and goes on before those that came later', async () => {
    const { submit, given, messages, outside, outcomes } = gated({ dispatchQueriesMax: 1 });
    submit('tried', 'a', 'b', 'c');
    await messages[0]!.lack();
    expect(given()).toEqual([['tried'], ['a']]);
    await messages[1]!.answer();
    await outside[0]!.answer();
    await messages[2]!.answer();
    expect(given()).toEqual([['tried'], ['a'], ['b'], ['tried']]);
    expect(messages[3]!.requests[0]!.scores).toMatchObject({ model: 'tried', failed: null });
    await messages[3]!.answer();
    expect([...outcomes.keys()]).toEqual(['a', 'b', 'tried']);
  });

  it('waits for a worker no longer than it did: what it spent elsewhere is no queue', async () => {
    const { submit, messages, outside, outcomes, clock } = gated();
    submit('tried');
    clock.us = 2000;
    await messages[0]!.lack();
    clock.us = 502_000;
    await outside[0]!.answer(500);
    clock.us = 503_000;
    await messages[1]!.answer(600);
    // A worker's first part; 500 of its 600 ms were elsewhere.
    expect(timingsOf(outcomes.get('tried'))).toMatchObject({ queueMs: 2, totalMs: 602 });
  });

  it('ends with its deadline, and no worker is asked for it again', async () => {
    const { batcher, messages, outside, given, passTo } = gated();
    const late = batcher.submit(requestFor('late', 1000));
    await messages[0]!.lack();
    await passTo(1250);
    expect(await late).toEqual({ kind: 'deadline', stage: 'totalMs' });
    await outside[0]!.answer();
    expect(given()).toEqual([['late']]);
  });

  it('is refused where the server stops meanwhile', async () => {
    const { batcher, submit, messages, outside, outcomes } = gated();
    submit('tried');
    await messages[0]!.lack();
    batcher.stop();
    await outside[0]!.answer();
    expect(outcomes.get('tried')).toMatchObject({ kind: 'failed', code: 'draining' });
  });
});

describe('a query that is given back, since something was stopped', () => {
  it('is asked again before all that waits, and is answered once', async () => {
    const { submit, given, messages, outcomes } = gated({ dispatchQueriesMax: 2 });
    submit('one');
    submit('two', 'three', 'four');
    await messages[0]!.stop();
    expect(outcomes.size).toBe(0);
    expect(given()[1]![0]).toBe('one');
    await messages[1]!.answer();
    expect(outcomes.get('one')).toMatchObject({ kind: 'ok' });
  });

  it('is not asked again when its deadline has passed, nor when the server stops', async () => {
    const { batcher, messages, given, passTo } = gated();
    const late = batcher.submit(requestFor('late', 1000));
    await passTo(1250);
    await messages[0]!.stop();
    expect([await late, given()]).toEqual([{ kind: 'deadline', stage: 'totalMs' }, [['late']]]);
    const draining = batcher.submit(requestFor('draining'));
    batcher.stop();
    await messages[1]!.stop();
    expect(await draining).toMatchObject({ code: 'draining' });
  });
});

describe('stop', () => {
  it('refuses what waits and what comes, lets what a worker is on end, and retries nothing', async () => {
    const { submit, given, messages, outcomes, batcher } = gated({ workers: 2 });
    submit('answered', 'lost', 'waits');
    batcher.stop();
    submit('comes');
    await messages[0]!.answer();
    await messages[1]!.die();
    expect(given()).toEqual([['answered'], ['lost']]);
    expect(outcomes.get('answered')?.kind).toBe('ok');
    for (const query of ['lost', 'waits', 'comes']) expect(outcomes.get(query)).toMatchObject({ code: 'draining' });
    expect([batcher.busy, batcher.waiting]).toEqual([0, 0]);
  });
});

describe('time in the queue', () => {
  it('is counted in queueMs and in the total, and so is the time of those before it in its message', async () => {
    const { submit, messages, outcomes, clock } = gated();
    submit('a', 'b');
    clock.us = 4500;
    submit('c');
    clock.us = 7250;
    await messages[0]!.answer();
    clock.us = 900_000;
    await messages[1]!.answer();
    expect(timingsOf(outcomes.get('a'))).toMatchObject({ queueMs: 0, lexicalMs: 1.25, totalMs: 1.25 });
    expect(timingsOf(outcomes.get('b'))).toMatchObject({ queueMs: 7.25, lexicalMs: 1.25, totalMs: 8.5 });
    expect(timingsOf(outcomes.get('c'))).toMatchObject({ queueMs: 4, totalMs: 5.25 });
  });

  it('goes on over a retry: the time that the dead worker took counts as waiting', async () => {
    const { submit, messages, outcomes, clock } = gated();
    submit('a');
    clock.us = 30_000;
    await messages[0]!.die();
    clock.us = 35_000;
    await messages[1]!.answer();
    expect(timingsOf(outcomes.get('a')).queueMs).toBe(30);
  });
});
