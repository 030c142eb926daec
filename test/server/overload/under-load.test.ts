import { describe, expect, it } from 'vitest';
import type { SearchOutcome } from '../../../engine/types.ts';
import { gated, requestFor } from '../gated-batcher.ts';

const overload = {
  enabled: true,
  queueDelayTargetMs: 100,
  queueDelayMaxMs: 500,
  concurrencyMin: 4,
  stepDownMs: 500,
  stepUpMs: 500,
};
const rungless = { ...overload, ladder: false };
const shed = (detail: string): SearchOutcome => ({
  kind: 'failed',
  code: 'overloaded',
  detail: expect.stringContaining(detail) as unknown as string,
});

describe('the line', () => {
  it('serves the urgent before the usual and both before the patient, each in their order', async () => {
    const { submitAs, given, messages } = gated({ dispatchQueriesMax: 1, overload });
    submitAs('low', 'on it', 'low 1', 'low 2');
    submitAs('normal', 'normal 1', 'normal 2');
    submitAs('high', 'high 1');
    for (let at = 0; at < 6; at++) await messages[at]!.answer();
    expect(given().flat()).toEqual(['on it', 'high 1', 'normal 1', 'normal 2', 'low 1', 'low 2']);
  });

  it('refuses who has waited too long in one that stands, but for the patient', async () => {
    const { submitAs, given, messages, clock, outcomes } = gated({ dispatchQueriesMax: 1, overload: rungless });
    submitAs('normal', 'on it', 'early');
    submitAs('low', 'patient');
    clock.us = 450_000;
    submitAs('normal', 'middle', 'late');
    clock.us = 501_000;
    for (let at = 0; at < 4; at++) await messages[at]!.answer();
    expect(given().flat()).toEqual(['on it', 'middle', 'late', 'patient']);
    expect(outcomes.get('early')).toEqual(shed('too long'));
    expect(outcomes.get('patient')?.kind).toBe('ok');
  });

  it('refuses nobody for his wait as long as simpler answers may help', async () => {
    const { submit, given, messages, clock } = gated({ dispatchQueriesMax: 1, overload });
    submit('on it', 'early');
    clock.us = 5_000_000;
    await messages[0]!.answer();
    expect(given().flat()).toEqual(['on it', 'early']);
  });

  it('lets nobody wait for more than half of his time', async () => {
    const { batcher, messages, clock } = gated({ dispatchQueriesMax: 1, overload: rungless });
    void batcher.submit(requestFor('on it'));
    const hurried = batcher.submit(requestFor('hurried', 400));
    const calm = batcher.submit(requestFor('calm', 900));
    clock.us = 250_000;
    clock.ms = 250;
    await messages[0]!.answer();
    await messages[1]!.answer();
    expect(await hurried).toEqual(shed('too long'));
    expect((await calm).kind).toBe('ok');
  });

  it('does not stand as soon as it was empty once', async () => {
    const settings = { ...rungless, queueDelayMaxMs: 10 };
    const { submit, given, messages, clock } = gated({ dispatchQueriesMax: 1, overload: settings });
    submit('on it', 'a');
    clock.us = 99_000;
    await messages[0]!.answer();
    submit('b', 'c');
    clock.us = 190_000;
    await messages[1]!.answer();
    clock.us = 210_000;
    await messages[2]!.answer();
    expect(given().flat()).toEqual(['on it', 'a', 'b']);
  });

  it('holds no query whose deadline has passed when its turn comes', async () => {
    const { batcher, clock, messages, given } = gated({ overload });
    void batcher.submit(requestFor('on it', 5000));
    const late = batcher.submit(requestFor('late', 100));
    void batcher.submit(requestFor('in time', 5000));
    clock.ms = 100;
    await messages[0]!.answer();
    expect(await late).toEqual({ kind: 'deadline', stage: 'queueMs' });
    expect(given().flat()).toEqual(['on it', 'in time']);
  });

  it('makes room for the more urgent where it is full', async () => {
    const { submitAs, outcomes, messages, given } = gated({ queueQueriesMax: 2, dispatchQueriesMax: 1, overload });
    submitAs('normal', 'on it');
    submitAs('low', 'low 1', 'low 2');
    submitAs('normal', 'normal 1');
    submitAs('low', 'low 3');
    for (let at = 0; at < 3; at++) await messages[at]!.answer();
    expect(given().flat()).toEqual(['on it', 'normal 1', 'low 1']);
    for (const query of ['low 2', 'low 3']) expect(outcomes.get(query)).toEqual(shed('may wait'));
  });
});

describe('a message', () => {
  it('holds many short queries, and one that is not', async () => {
    const { submit, given, messages } = gated({ dispatchQueriesMax: 16, overload: { enabled: false } });
    submit('a', 'b', 'c', 'd', 'e', 'f');
    await messages[0]!.answer(2);
    await messages[1]!.answer(80);
    await messages[2]!.answer(80);
    expect(given()).toEqual([['a'], ['b', 'c'], ['d'], ['e']]);
  });
});

describe('admission', () => {
  it('refuses at once what would not be answered before its deadline', async () => {
    const { batcher, submit, messages, clock } = gated({ dispatchQueriesMax: 1, overload });
    submit('first');
    await messages[0]!.answer(300);
    submit('on it', 'waits');
    expect(await batcher.submit(requestFor('in a hurry', 500))).toEqual(shed('deadline'));
    const patient = batcher.submit(requestFor('patient', 1000));
    clock.us = 300_000;
    for (let at = 1; at < 4; at++) await messages[at]!.answer(1);
    expect((await patient).kind).toBe('ok');
  });

  it('refuses beyond the limit that it has learned, but for the patient', async () => {
    const { submit, submitAs, messages, clock, control, batcher } = gated({ dispatchQueriesMax: 1, overload });
    const limit = (): number => control.status(clock.us / 1000).concurrencyLimit;
    submit(...Array.from({ length: 60 }, (_, n) => `crowd ${n}`));
    for (let at = 0; at < 60; at++) {
      clock.us += 300_000;
      await messages[at]!.answer(300);
    }
    expect(limit()).toBeLessThan(30);
    expect(batcher.isFull).toBe(false);
    submit(...Array.from({ length: 60 }, (_, n) => `more ${n}`));
    submitAs('low', ...Array.from({ length: 30 }, (_, n) => `patient ${n}`));
    expect(control.status(clock.us / 1000).shed.concurrency).toBe(60 - limit());
    expect(batcher.isFull).toBe(true);
  });
});

describe('the ladder under the batcher', () => {
  const whole = requestFor('whole');

  it('answers simpler while a queue stands, and whole again within 5 s after it', async () => {
    const { submit, messages, clock, control, batcher } = gated({ dispatchQueriesMax: 1, overload });
    const step = (): void => {
      clock.us += 100_000;
      control.step(batcher.stalled, clock.us / 1000);
    };
    submit('first');
    await messages[0]!.answer(200);
    // Two and a half times what one worker can do.
    for (let n = 0; n < 20; n++) {
      submit(`q${n}`);
      step();
      if (n % 2 === 1) await messages.at(-1)!.answer(200);
    }
    const { rung } = control.status(clock.us / 1000);
    expect(rung).not.toBe('full');
    expect(control.lower(whole, 'normal', clock.us / 1000).left).not.toEqual([]);
    expect(messages.at(-1)!.requests[0]).not.toMatchObject({ rerank: true, rerankDepthMax: null });

    let answered = messages.length - 1;
    while (batcher.busy > 0) await messages[answered++]!.answer(10);
    for (let n = 0; n < 50; n++) step();
    expect(control.status(clock.us / 1000).rung).toBe('full');
    expect(control.lower(whole, 'normal', clock.us / 1000).left).toEqual([]);
  });

  it('takes what was refused unread for more of what was read', async () => {
    const { submit, messages, clock, control } = gated({ dispatchQueriesMax: 1, overload });
    submit('first');
    await messages[0]!.answer(200);
    const rungAfter = (unread: number): string => {
      for (let n = 0; n < 30; n++) {
        submit(`q${unread} ${n}`);
        for (let more = 0; more < unread; more++) control.refusedUnread();
        clock.us += 100_000;
        control.step(false, clock.us / 1000);
      }
      return control.status(clock.us / 1000).rung;
    };
    expect(rungAfter(20)).not.toBe('full');
    expect(control.status(clock.us / 1000).shed.concurrency).toBeGreaterThanOrEqual(600);
  });

  it('does not go back to what would not fit', async () => {
    const { submit, messages, clock, control, batcher } = gated({ dispatchQueriesMax: 1, overload });
    submit('first');
    await messages[0]!.answer(200);
    let underWay = 1;
    let tried = 0;
    // Ten a second that would take 200 ms each as they are asked, and take 10 where nothing is reranked.
    for (let n = 0; n < 600; n++) {
      if (n % 2 === 0) submit(`q${n}`);
      clock.us += 50_000;
      control.step(batcher.stalled, clock.us / 1000);
      const [request] = messages[underWay]?.requests ?? [];
      if (request === undefined) continue;
      if (n > 200 && request.rerank) tried += 1;
      if (request.rerank && n % 4 !== 0) continue;
      await messages[underWay++]!.answer(request.rerank ? 200 : 10);
    }
    expect(underWay).toBeGreaterThan(250);
    // In 20 s, looked at each 50 ms, four answers each: one in 5 s, to see whether it still takes as long.
    expect(tried).toBeGreaterThan(0);
    expect(tried).toBeLessThan(4 * 5);
  });

  it('goes back within seconds to what was slow and no longer is', async () => {
    const { submit, messages, clock, control, batcher } = gated({ dispatchQueriesMax: 1, overload });
    let answered = 0;
    let whole = 0;
    // Two a second; reranking takes 3 s for the first 5 s, as after a cold start, then 50 ms.
    for (let n = 0; n < 500; n++) {
      if (n % 10 === 0) submit(`q${n}`);
      clock.us += 50_000;
      control.step(batcher.stalled, clock.us / 1000);
      const [request] = messages[answered]?.requests ?? [];
      if (request === undefined) continue;
      if (n < 100 && request.rerank && n % 60 !== 59) continue;
      if (n >= 400 && request.rerank && request.rerankDepthMax === null) whole += 1;
      await messages[answered++]!.answer(request.rerank ? (n < 100 ? 3000 : 50) : 10);
    }
    expect([whole, control.status(clock.us / 1000).rung]).toEqual([10, 'full']);
  });

  it('asks no worker while all hang, and asks again when one gets on', async () => {
    const { submit, messages, clock, control, batcher, outcomes } = gated({ overload });
    submit('hangs');
    for (let n = 0; n < 21; n++) {
      clock.us += 100_000;
      control.step(batcher.stalled, clock.us / 1000);
    }
    expect(control.status(clock.us / 1000).rung).toBe('cache_only');
    submit('refused');
    await Promise.resolve();
    expect(outcomes.get('refused')).toEqual(shed('known already'));
    await messages[0]!.die();
    clock.us += 100_000;
    control.step(batcher.stalled, clock.us / 1000);
    expect(control.status(clock.us / 1000).rung).toBe('bm25_only');
  });
});
