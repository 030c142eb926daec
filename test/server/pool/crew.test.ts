/** In which order do threads answer, open and let go, while one generation takes the place of another? */
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Crew } from '../../../server/pool/crew.ts';
import { runs } from '../../support/runs.ts';
import { type FakeKept, type GatedThread, gatedThread, keptOf, READY } from './fake-crew.ts';

interface Arranged {
  readonly crew: Crew;
  readonly threads: readonly GatedThread[];
  readonly old: FakeKept;
  readonly next: FakeKept;
  /** What each thread is on. */
  readonly on: () => (string | null)[];
}

function arrange(count: number): Arranged {
  const threads = Array.from({ length: count }, () => gatedThread());
  const old = keptOf('A');
  const next = keptOf('B');
  const crew = new Crew(
    threads.map(({ thread }) => thread),
    old,
  );
  return { crew, threads, old, next, on: () => threads.map((one) => one.on()) };
}

/** Watches a promise without waiting for it. */
function watched(promise: Promise<unknown>): () => 'pending' | 'done' | 'failed' {
  let state: 'pending' | 'done' | 'failed' = 'pending';
  promise.then(
    () => {
      state = 'done';
    },
    () => {
      state = 'failed';
    },
  );
  return () => state;
}

describe('a crew', () => {
  it('asks any thread that is free, and who comes later waits for the first that is', async () => {
    const { crew, threads, on } = arrange(2);
    const asked = [crew.search([], 0), crew.search([], 0), crew.search([], 0)].map(watched);
    await turn();
    expect(on()).toEqual(['search A', 'search A']);
    await threads[1]!.end();
    expect([asked[1]!(), on()]).toEqual(['done', ['search A', 'search A']]);
    await threads[1]!.end();
    expect(asked[2]!()).toBe('done');
  });

  it('opens in one thread after the other, and messages go on meanwhile', async () => {
    const { crew, threads, next, on } = arrange(2);
    const opening = crew.open(next);
    await turn();
    expect(on()).toEqual(['open B', null]);
    void crew.search([], 0);
    await turn();
    expect(on()).toEqual(['open B', 'search A']);
    await threads[0]!.end();
    expect(on()).toEqual([null, 'search A']);
    await threads[1]!.end();
    expect(on()).toEqual([null, 'open B']);
    await threads[1]!.end();
    expect(await opening).toEqual(READY);
  });

  it('what is to be opened goes before messages that wait', async () => {
    const { crew, threads, next, on } = arrange(1);
    void crew.search([], 0);
    void crew.search([], 0);
    void crew.open(next);
    await turn();
    await threads[0]!.end();
    expect(on()).toEqual(['open B']);
    await threads[0]!.end();
    expect(on()).toEqual(['search A']);
  });

  it('the old one is let go of only when its last message is back, and new messages go to the new one', async () => {
    const { crew, threads, old, next, on } = arrange(2);
    const last = watched(crew.search([], 0));
    await turn();
    const empty = crew.goOverTo(next);
    const isEmpty = watched(empty);
    void crew.search([], 0);
    void crew.search([], 0);
    await turn();
    expect(on()).toEqual(['search A', 'search B']);
    await threads[1]!.end();
    await threads[1]!.end();
    expect([on(), isEmpty()]).toEqual([['search A', null], 'pending']);
    await threads[0]!.end();
    expect([last(), isEmpty()]).toEqual(['done', 'done']);
    const left = crew.letGo(old);
    expect(on()).toEqual(['let go of A', null]);
    await threads[0]!.end();
    expect([on(), old.released()]).toEqual([[null, 'let go of A'], false]);
    await threads[1]!.end();
    await left;
    expect(old.released()).toBe(true);
  });

  it('a message whose thread dies is back, too', async () => {
    const { crew, threads, next } = arrange(1);
    const asked = watched(crew.search([], 0));
    await turn();
    const empty = watched(crew.goOverTo(next));
    await turn();
    await threads[0]!.end(new Error('died'));
    expect([asked(), empty()]).toEqual(['failed', 'done']);
  });

  it('nothing is waited for where nothing is under way', async () => {
    const { crew, next } = arrange(1);
    await crew.goOverTo(next);
    expect(crew.serving).toBe(next);
  });

  it('where one thread cannot open it, all let go of it, and its keeper', async () => {
    const { crew, threads, next, on } = arrange(2);
    const opening = watched(crew.open(next));
    await threads[0]!.end();
    await threads[1]!.end(new Error('no more files'));
    expect(on()).toEqual(['let go of B', null]);
    await threads[0]!.end();
    await threads[1]!.end(new Error('it died'));
    expect([opening(), next.released(), crew.serving.manifest.generation]).toEqual(['failed', true, 'A']);
  });

  it('a thread that is born during a change opens both, before messages', async () => {
    const { crew, threads, old, next, on } = arrange(2);
    const first = crew.open(old);
    for (const one of threads) await one.end();
    await first;
    const opening = watched(crew.open(next));
    await threads[0]!.end();
    expect(on()).toEqual([null, 'open B']);
    crew.reborn(0);
    void crew.search([], 0);
    const seen: (string | null)[] = [];
    for (let n = 0; n < 3; n++) {
      seen.push(threads[0]!.on());
      await threads[0]!.end();
    }
    expect(seen).toEqual(['open A', 'open B', 'search A']);
    await threads[1]!.end();
    expect(opening()).toBe('done');
    await crew.goOverTo(next);
    crew.reborn(0);
    expect(threads[0]!.on()).toBe('open B');
    await threads[0]!.end();
    expect(threads[0]!.on()).toBeNull();
  });

  it('says of models what the worst thread says', async () => {
    const lacking = {
      ...READY,
      reranker: { state: 'unavailable', name: 'r', code: 'model_missing', detail: '' },
    } as const;
    const threads = [gatedThread(), gatedThread(lacking)];
    const kept = keptOf('A');
    const crew = new Crew(
      threads.map(({ thread }) => thread),
      kept,
    );
    const opening = crew.open(kept);
    for (const one of threads) await one.end();
    expect(await opening).toEqual(lacking);
  });

  it('whatever comes in whatever order: every message is back, over what served when it left, and none over what was let go', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('search' as const) }) },
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('end' as const), thread: fc.nat(2), dies: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('change' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { crew, threads, old } = arrange(3);
        const gone = new Set<string>();
        let serving = old;
        let changing: Promise<void> | null = null;
        let serial = 0;
        const asked: (() => string)[] = [];
        const change = async (): Promise<void> => {
          const next = keptOf(`G${serial++}`);
          await crew.open(next).catch(() => {});
          if (next.released()) return;
          const before = serving;
          serving = next;
          await crew.goOverTo(next);
          gone.add(before.manifest.generation);
          await crew.letGo(before);
        };
        const endOne = async (thread: GatedThread, dies: boolean): Promise<void> => {
          const on = thread.on();
          if (on === null) return;
          if (on.startsWith('search ')) expect(gone).not.toContain(on.slice('search '.length));
          const isOpening = on.startsWith('open ');
          await thread.end(dies && !isOpening ? new Error('died') : undefined);
        };
        for (const one of steps) {
          if (one.kind === 'search') asked.push(watched(crew.search([], 0)));
          else if (one.kind === 'end') await endOne(threads[one.thread]!, one.dies);
          else
            changing ??= change().finally(() => {
              changing = null;
            });
          await turn();
        }
        for (let n = 0; n < 400 && threads.some(({ on }) => on() !== null); n++)
          for (const one of threads) await endOne(one, false);
        expect(asked.filter((state) => state() === 'pending')).toEqual([]);
        expect([changing, crew.serving]).toEqual([null, serving]);
      }),
      runs(50),
    );
  });
});
